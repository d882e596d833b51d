import { storeUnavailable } from '../store-unavailable.ts';
import type { WrittenRow } from './row.ts';

export interface GroupCommitOptions {
  /** For errors: what the store should do. */
  readonly expected: string;
  /** Writes rows in one transaction, all or none. */
  commit(rows: readonly WrittenRow[]): Promise<void>;
  /** An error of the store itself, not of particular rows: writing the rows one by one would not help. */
  readonly isOutage?: (error: unknown) => boolean;
}

interface Waiting {
  readonly rows: readonly WrittenRow[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const maxGroupRows = 500;
const maxWaitingRows = 10_000;

/**
 * Commits for many at once: what comes while a commit is under way is written by the next one, together. Every caller
 * waits for the commit that has its own rows.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #waiting: Waiting[] = [];
  #waitingRows = 0;
  #busy = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  add(rows: readonly WrittenRow[]): Promise<void> {
    if (this.#waitingRows + rows.length > maxWaitingRows && this.#waiting.length > 0) {
      return Promise.reject(storeUnavailable(this.#options.expected, `${maxWaitingRows} rows wait already`));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ rows, resolve, reject });
      this.#waitingRows += rows.length;
      if (!this.#busy) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#busy = true;
    // Whoever comes in the same turn of the event loop is part of the first group.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#commit(this.#take());
    this.#busy = false;
  }

  #take(): Waiting[] {
    let rows = 0;
    const count = this.#waiting.findIndex((one) => {
      rows += one.rows.length;
      return rows > maxGroupRows;
    });
    // At least one: a caller with many rows is a group of its own.
    const group = this.#waiting.splice(0, count < 0 ? this.#waiting.length : Math.max(1, count));
    for (const one of group) this.#waitingRows -= one.rows.length;
    return group;
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      await this.#options.commit(group.flatMap((one) => one.rows));
      for (const one of group) one.resolve();
    } catch (error) {
      if (group.length === 1 || (this.#options.isOutage?.(error) ?? true)) {
        for (const one of group) one.reject(error);
        return;
      }
      // One caller's rows must not cost the others theirs.
      for (const one of group) await this.#commit([one]);
    }
  }
}
