import type { Clock } from '../../sdk/services.ts';

/** How long an item can be referred to; with two generations up to twice as long. */
const generationMs = 1_800_000;
/** Characters of a generation; with two about 64 MiB at most. */
const generationChars = 16 * 1024 * 1024;
/** A larger item is not worth its place. */
const maxItemChars = 256 * 1024;

/**
 * Items of answers that the gateway itself wrote in a dialect whose clients refer to them later by their ids. Providers
 * of that dialect store answers; where the answer came from another one, this memory stands in for an hour or so, on
 * this node only and bounded in size. Nothing of it reaches a disk.
 *
 * Two generations take turns, so that nothing is ever deleted one by one.
 */
export class IssuedItems {
  readonly #clock: Clock;
  #young = new Map<string, string>();
  #old = new Map<string, string>();
  #chars = 0;
  #sinceMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.monotonic();
  }

  /** @param owner whoever the answer was for: nobody else finds it. @param text the item as JSON. */
  keep(owner: string, id: string, text: string): void {
    if (text.length > maxItemChars) return;
    this.#turn(this.#chars + text.length > generationChars);
    this.#young.set(`${owner} ${id}`, text);
    this.#chars += text.length;
  }

  /** The item's JSON; undefined where it is not known (any more). */
  find(owner: string, id: string): string | undefined {
    this.#turn(false);
    const key = `${owner} ${id}`;
    return this.#young.get(key) ?? this.#old.get(key);
  }

  #turn(full: boolean): void {
    const ageMs = this.#clock.monotonic() - this.#sinceMs;
    if (!full && ageMs < generationMs) return;
    this.#old = ageMs < 2 * generationMs ? this.#young : new Map();
    this.#young = new Map();
    this.#chars = 0;
    this.#sinceMs = this.#clock.monotonic();
  }
}
