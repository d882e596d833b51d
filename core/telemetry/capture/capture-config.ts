/** What is kept of prompts and answers. */
export interface CaptureConfig {
  readonly mode: 'none' | 'masked' | 'full';
  /** Share of the requests, 0 to 1. */
  readonly sample: number;
  /** Characters of a request's body, and of its answer, up to which they are kept. */
  readonly limitChars: number;
  /** Bytes that files of recorded requests take together; 0 for no files. */
  readonly sizeBytes: number;
  readonly retentionMs: number;
}
