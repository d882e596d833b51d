import { isRowFault } from '../sqlite-error.ts';
import type { SqliteTurns } from '../sqlite-turns.ts';
import type { WrittenRow } from './row.ts';

export interface TurnCommitOptions {
  /** For errors: what the store should do. */
  readonly expected: string;
  readonly turns: SqliteTurns;
  /** Rows of one transaction, where one caller does not bring more. */
  readonly maxRows: number;
  /** Writes rows in one transaction, all or none. */
  write(rows: readonly WrittenRow[]): void;
}

interface Waiting {
  readonly rows: readonly WrittenRow[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits at the end of each turn of the event loop what requests brought in it: together they change each page of the
 * file once. Who comes alone waits for nobody. Every caller waits for the commit that has its own rows.
 */
export class TurnCommit {
  readonly #options: TurnCommitOptions;
  #waiting: Waiting[] = [];
  #turn: Promise<void> | null = null;
  /** What goes in turns to come, or waits for a lock. */
  readonly #later = new Set<Promise<void>>();

  constructor(options: TurnCommitOptions) {
    this.#options = options;
  }

  add(rows: readonly WrittenRow[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ rows, resolve, reject });
      this.#turn ??= new Promise((ended) => {
        setImmediate(() => {
          this.#turn = null;
          this.#commitAll();
          ended();
        });
      });
    });
  }

  /** Resolves when all that was added before is written, or could not be; null where it is so already. */
  idle(): Promise<void> | null {
    return this.#turn === null && this.#later.size === 0 ? null : this.#idle();
  }

  async #idle(): Promise<void> {
    await this.#turn;
    await Promise.all(this.#later);
  }

  #commitAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let start = 0; start < waiting.length; ) {
      let end = start + 1;
      let rows = waiting[start]!.rows.length;
      while (end < waiting.length && rows + waiting[end]!.rows.length <= this.#options.maxRows) {
        rows += waiting[end]!.rows.length;
        end += 1;
      }
      const group = waiting.slice(start, end);
      // The first goes at once, and the others in slices of the turns that follow.
      if (start === 0) this.#commit(group);
      else
        this.#settle(
          group,
          this.#options.turns.queue(this.#options.expected, () => this.#write(group)),
        );
      start = end;
    }
  }

  #commit(group: readonly Waiting[]): void {
    try {
      const result = this.#options.turns.run(this.#options.expected, () => this.#write(group));
      if (result instanceof Promise) this.#settle(group, result);
      else for (const one of group) one.resolve();
    } catch (error) {
      this.#failed(group, error);
    }
  }

  #write(group: readonly Waiting[]): void {
    this.#options.write(group.length === 1 ? group[0]!.rows : group.flatMap(({ rows }) => rows));
  }

  #settle(group: readonly Waiting[], result: Promise<void>): void {
    const done = result
      .then(
        () => {
          for (const one of group) one.resolve();
        },
        (error: unknown) => this.#failed(group, error),
      )
      .finally(() => this.#later.delete(done));
    this.#later.add(done);
  }

  #failed(group: readonly Waiting[], error: unknown): void {
    if (group.length > 1 && isRowFault(error)) {
      // One caller's rows must not cost the others theirs.
      for (const one of group) this.#commit([one]);
      return;
    }
    for (const one of group) one.reject(error);
  }
}
