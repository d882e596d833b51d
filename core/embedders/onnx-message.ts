/** What the thread is started with. */
export interface OnnxSetup {
  /** Import name of the library. */
  readonly library: string;
  /** Folder above the model's. */
  readonly root: string;
  /** The model's folder in it. */
  readonly model: string;
  readonly dtype: string;
  readonly pooling: 'mean' | 'cls';
}

export interface OnnxRequest {
  readonly id: number;
  readonly texts: readonly string[];
}

export type OnnxAnswer =
  | { readonly id: number; readonly vectors: readonly Float32Array[] }
  | { readonly id: number; readonly error: string };
