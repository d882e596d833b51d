/** Bytes kept of an answer that is an error. */
const maxErrorBytes = 64 * 1024;
/** Bytes kept of a whole answer; embeddings of large batches are the largest in practice. */
export const maxAnswerBytes = 64 * 1024 * 1024;

/** Collects the body of an answer that does not stream: a success whole, an error's beginning. */
export class CollectedBody {
  readonly #limit: number;
  #pieces: Buffer[] = [];
  #length = 0;

  /** @param ok whether the status said success. */
  constructor(ok: boolean) {
    this.#limit = ok ? maxAnswerBytes : maxErrorBytes;
  }

  /** False when the body is longer than is kept; the rest of it is let go. */
  push(bytes: Buffer): boolean {
    this.#length += bytes.length;
    if (this.#length > this.#limit) return false;
    this.#pieces.push(bytes);
    return true;
  }

  /** Everything kept, in one piece. */
  take(): Buffer {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }
}
