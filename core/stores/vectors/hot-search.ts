import type { HotEntry, HotNamespace } from './hot-namespace.ts';
import { type PageArena, pagesPerScan } from './page-arena.ts';
import { rowsPerPage } from './scan-kernel.ts';
import { distanceLimit, sketchBits } from './sketch.ts';

export interface HotMatch {
  readonly entry: HotEntry;
  readonly score: number;
}

const headBits = sketchBits / 4;
/** So many candidates of a slice are compared exactly, those whose sketches are nearest: 25 us. */
const maxExact = 64;
const firstPages = 128;

/** One search through a namespace, slice by slice; between slices entries may come, go and move. */
export class HotSearch {
  readonly #namespace: HotNamespace;
  readonly #arena: PageArena;
  readonly #unit: Float32Array;
  readonly #sketch: Uint32Array;
  readonly #k: number;
  readonly #nowMs: number;
  readonly #hidden: (entry: HotEntry) => boolean;
  #floor: number;
  #headLimit: number;
  #limit: number;
  #page = 0;
  #matches: HotMatch[] = [];
  /** Come across on the way: to be removed, or they take the place of others in the next search. */
  readonly expired: HotEntry[] = [];

  constructor(options: {
    readonly namespace: HotNamespace;
    readonly arena: PageArena;
    readonly unit: Float32Array;
    readonly sketch: Uint32Array;
    readonly k: number;
    readonly minScore: number;
    readonly nowMs: number;
    readonly hidden: (entry: HotEntry) => boolean;
  }) {
    this.#namespace = options.namespace;
    this.#arena = options.arena;
    this.#unit = options.unit;
    this.#sketch = options.sketch;
    this.#k = options.k;
    this.#nowMs = options.nowMs;
    this.#hidden = options.hidden;
    this.#floor = options.minScore;
    this.#headLimit = distanceLimit(options.minScore, headBits);
    this.#limit = distanceLimit(options.minScore, sketchBits);
  }

  get done(): boolean {
    return this.#namespace.dropped || this.#page >= this.#namespace.pages.length;
  }

  /** What is there still, the best first. */
  get matches(): HotMatch[] {
    const matches = this.#matches.filter(({ entry }) => entry.row >= 0 && !this.#hidden(entry));
    for (const { entry } of matches) entry.visited = true;
    return matches;
  }

  /** Looks at the next rows: 8,192 at first, to learn what is near here, then 32,768 at a time. */
  slice(): void {
    const { entries, pages } = this.#namespace;
    const arena = this.#arena;
    const until = Math.min(pages.length, this.#page + (this.#page === 0 ? firstPages : pagesPerScan));
    const firstRow = this.#page * rowsPerPage;
    const rows = Math.min(entries.length, until * rowsPerPage) - firstRow;
    const count = arena.scan(pages, this.#page, rows, this.#sketch, this.#headLimit, this.#limit);
    this.#page = until;
    const most = Math.max(maxExact, this.#k * 4);
    let ties = most;
    // What is farther than that many here is no match anywhere.
    if (count > most) [this.#limit, ties] = cut(arena, count, most);
    const limit = this.#limit;
    for (let candidate = 0; candidate < count; candidate += 1) {
      const distance = arena.distance(candidate);
      if (distance > limit) continue;
      if (distance === limit) {
        if (ties <= 0) continue;
        ties -= 1;
      }
      const entry = entries[firstRow + arena.row(candidate)]!;
      if (entry.expiresAtMs <= this.#nowMs) this.expired.push(entry);
      else if (!this.#hidden(entry)) this.#offer(entry, this.#namespace.score(entry.row, this.#unit));
    }
  }

  #offer(entry: HotEntry, score: number): void {
    if (score < this.#floor) return;
    const matches = this.#matches;
    let at = matches.length;
    while (at > 0 && matches[at - 1]!.score < score) at -= 1;
    if (at >= this.#k) return;
    matches.splice(at, 0, { entry, score });
    if (matches.length > this.#k) matches.pop();
    if (matches.length < this.#k) return;
    // From here on only what is better counts.
    const worst = matches[this.#k - 1]!.score;
    if (worst <= this.#floor) return;
    this.#floor = worst;
    this.#headLimit = distanceLimit(worst, headBits);
    this.#limit = Math.min(this.#limit, distanceLimit(worst, sketchBits));
  }
}

const counts = new Uint32Array(sketchBits + 1);

/** The distance up to which there are `most` candidates, and how many of those just as far away belong to them. */
function cut(arena: PageArena, count: number, most: number): [distance: number, ties: number] {
  counts.fill(0);
  for (let candidate = 0; candidate < count; candidate += 1) counts[arena.distance(candidate)]! += 1;
  let left = most;
  let distance = 0;
  while (counts[distance]! < left) {
    left -= counts[distance]!;
    distance += 1;
  }
  return [distance, left];
}
