import type { Summary } from './summary.ts';

/** As many as are sent at once, and as many of one process as wait. */
const maxRows = 100;

/**
 * What waits to be sent to somebody who watches. Processes have their turn: a busy one does not push the others out.
 */
export class WaitingRows {
  readonly #sources = new Map<number, Summary[]>();
  #skipped = 0;

  get empty(): boolean {
    return this.#sources.size === 0 && this.#skipped === 0;
  }

  /** @param source the process that it came from. */
  add(source: number, row: Summary): void {
    const rows = this.#sources.get(source);
    if (rows === undefined) this.#sources.set(source, [row]);
    else if (rows.length < maxRows) rows.push(row);
    else this.#skipped += 1;
  }

  /** So many were left out before. */
  skip(count: number): void {
    this.#skipped += count;
  }

  /** At most a hundred, the oldest first, and how many were left out. Nothing waits afterwards. */
  take(): { readonly rows: readonly Summary[]; readonly skipped: number } {
    const sources = [...this.#sources.values()];
    const rows: Summary[] = sources.length === 1 ? sources[0]! : taken(sources);
    const count = sources.reduce((sum, { length }) => sum + length, 0);
    const skipped = this.#skipped + count - rows.length;
    this.#sources.clear();
    this.#skipped = 0;
    return { rows, skipped };
  }
}

/** One of each in turn. */
function taken(sources: readonly Summary[][]): Summary[] {
  const rows: Summary[] = [];
  for (let index = 0; rows.length < maxRows; index += 1) {
    const before = rows.length;
    for (const source of sources) {
      const row = source[index];
      if (row !== undefined && rows.length < maxRows) rows.push(row);
    }
    if (rows.length === before) break;
  }
  return rows.sort((a, b) => endMs(a) - endMs(b));
}

function endMs({ atMs, duration_ms: durationMs }: Summary): number {
  return atMs + durationMs;
}
