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
  /** Ends threads it started. Nothing may be embedded afterwards. */
  close?(): Promise<void>;
}

export interface EmbedOptions {
  /** Time limits and clients that left. */
  readonly signal?: AbortSignal;
}
