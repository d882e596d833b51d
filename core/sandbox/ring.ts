/** Cells of the control block, all `Int32`. */
export const CELL = {
  requestHead: 0,
  requestTail: 1,
  answerHead: 2,
  answerTail: 3,
  /** 1 while the worker sleeps on `requestTail`. */
  workerAsleep: 4,
  /** 1 while the main thread wants to be woken at `answerTail`. */
  mainAsleep: 5,
  /** Id of the call or load that runs now, 0 for none. */
  running: 6,
  /** Grows with each start, so that a watchdog tells two runs from one long one. */
  starts: 7,
  /** Grows whenever what runs gives the engine a chance to stop it. */
  ticks: 8,
} as const;

const CONTROL_BYTES = 64;
const RING_BYTES = 1 << 20;
const WRAP = -1;

/**
 * A queue of byte frames in shared memory with one writer and one reader. Frames are contiguous, 8-aligned, and
 * start with their own length as an `Int32`.
 */
export class Ring {
  readonly #cells: Int32Array;
  readonly #words: Int32Array;
  readonly #start: number;
  readonly #headCell: number;
  readonly #tailCell: number;
  #next = 0;

  constructor(shared: SharedArrayBuffer, start: number, headCell: number, tailCell: number) {
    this.#cells = new Int32Array(shared, 0, CONTROL_BYTES / 4);
    this.#words = new Int32Array(shared);
    this.#start = start;
    this.#headCell = headCell;
    this.#tailCell = tailCell;
  }

  /** Byte offset in the shared memory where a frame of up to `bytes` may be written; -1 when there is no room. */
  reserve(bytes: number): number {
    const size = aligned(bytes);
    const head = Atomics.load(this.#cells, this.#headCell);
    const tail = this.#cells[this.#tailCell] as number;
    // The tail may never catch up with the head from behind: equal means empty.
    if (tail < head) return head - tail > size ? this.#at(tail) : -1;
    const room = RING_BYTES - tail;
    if (room > size || (room === size && head > 0)) return this.#at(tail);
    if (head <= size) return -1;
    this.#words[(this.#start + tail) >> 2] = WRAP;
    return this.#at(0);
  }

  /** Publishes the frame written at the place last reserved. */
  commit(bytes: number): void {
    const size = aligned(bytes);
    this.#words[(this.#start + this.#next) >> 2] = size;
    const tail = this.#next + size;
    Atomics.store(this.#cells, this.#tailCell, tail === RING_BYTES ? 0 : tail);
  }

  /** Byte offset of the oldest frame; -1 when there is none. */
  peek(): number {
    const tail = Atomics.load(this.#cells, this.#tailCell);
    let head = this.#cells[this.#headCell] as number;
    if (head === tail) return -1;
    if (this.#words[(this.#start + head) >> 2] === WRAP) {
      head = 0;
      Atomics.store(this.#cells, this.#headCell, 0);
      if (tail === 0) return -1;
    }
    return this.#start + head;
  }

  /** Gives the oldest frame's bytes back to the writer. */
  release(): void {
    const head = this.#cells[this.#headCell] as number;
    const after = head + (this.#words[(this.#start + head) >> 2] as number);
    Atomics.store(this.#cells, this.#headCell, after === RING_BYTES ? 0 : after);
  }

  #at(position: number): number {
    this.#next = position;
    return this.#start + position;
  }
}

/** The shared memory between the main thread and one worker. */
export interface Mailbox {
  readonly cells: Int32Array;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly bytes: Buffer;
  readonly requests: Ring;
  readonly answers: Ring;
}

/** The largest frame that is sure to fit into an empty ring. */
export const MAX_FRAME_BYTES = RING_BYTES / 4;

export function newMailboxMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_BYTES + 2 * RING_BYTES);
}

export function openMailbox(shared: SharedArrayBuffer): Mailbox {
  return {
    cells: new Int32Array(shared, 0, CONTROL_BYTES / 4),
    words: new Int32Array(shared),
    doubles: new Float64Array(shared),
    bytes: Buffer.from(shared),
    requests: new Ring(shared, CONTROL_BYTES, CELL.requestHead, CELL.requestTail),
    answers: new Ring(shared, CONTROL_BYTES + RING_BYTES, CELL.answerHead, CELL.answerTail),
  };
}

function aligned(bytes: number): number {
  return (bytes + 7) & ~7;
}
