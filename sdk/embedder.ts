/** Turns texts into vectors for the semantic cache. Two prompts that mean the same should lie close to each other. */
export interface Embedder {
  /**
   * Everything that vectors depend on: kind, model, dimension, prefix and version of the normalisation. Vectors of two
   * identities are never compared: the identity is part of the namespace.
   */
  readonly identity: string;
  /** Length of every vector. */
  readonly dimensions: number;
  /**
   * Cosine similarity from which a stored prompt is a candidate, unless configured. It belongs to this embedder alone;
   * candidates still have to pass the guard.
   */
  readonly floor: number;
  /**
   * One vector of length 1 for each text, in order. Texts are cut to what the embedder can read.
   * @throws where the model, its server or its thread fails, and when `signal` aborts; a cache treats it as a miss.
   */
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array[]>;
  /** The vector of one text at once, from embedders that need well below a millisecond for it. */
  embedNow?(text: string): Float32Array;
  /** Ends threads it started. Nothing may be embedded afterwards. */
  close?(): Promise<void>;
}

export interface EmbedOptions {
  /** Time limits and clients that left. */
  readonly signal?: AbortSignal;
  /** The request that it is done for: it pays where a provider is asked, and must be under way. */
  readonly requestId?: string;
}

/** The embedder of the configuration. It is made when it is first asked for, and made again where that failed. */
export interface EmbedderSource {
  /** Null until it is ready. */
  readonly current: Embedder | null;
  /**
   * Makes it, once for all who ask. One that asks a provider learns its dimension from a first call, which the request named
   * in `options` pays for.
   *
   * @throws Error that says what is missing; `store_unavailable` for 30 s after a failure, without another try.
   */
  ready(options?: EmbedOptions): Promise<Embedder>;
}
