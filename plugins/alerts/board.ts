import type { Condition } from './conditions.ts';
import type { EventRule } from './options.ts';

/** Events beyond this number are not followed: names may come from clients. */
const maxEvents = 1_000;

/** What is to be told. */
export interface Notice {
  readonly status: 'firing' | 'resolved';
  readonly condition: Condition;
}

/** One event that is followed. */
export interface Entry {
  /** When it became active without a break; null while it is not. */
  sinceMs: number | null;
  lastActiveMs: number;
  /** When it was last told that it fires. */
  toldMs: number | null;
  /** It was told that it fires, and not yet that it is over. */
  open: boolean;
}

export interface BoardOptions {
  readonly cooldownMs: number;
  readonly resolveAfterMs: number;
  rule(condition: Condition): EventRule;
  /** What was known before, kept by whoever outlives this board. */
  readonly entries?: Map<string, Entry>;
}

/**
 * Which events are told, and when: once an event has lasted, again after the cool-down while it lasts, and that it is over
 * when it has been quiet for a while. An event that comes back within its cool-down is not told again.
 */
export class Board {
  readonly #options: BoardOptions;
  readonly #entries: Map<string, Entry>;

  constructor(options: BoardOptions) {
    this.#options = options;
    this.#entries = options.entries ?? new Map();
  }

  /** How many events are followed. */
  get size(): number {
    return this.#entries.size;
  }

  /** @param nowMs of a clock that does not go back. */
  update(conditions: readonly Condition[], nowMs: number): Notice[] {
    const notices: Notice[] = [];
    for (const condition of conditions) {
      const key = JSON.stringify([condition.event, condition.subject]);
      const notice = condition.active
        ? this.#active(key, condition, nowMs)
        : this.#quiet(key, condition, nowMs);
      if (notice !== null) notices.push(notice);
    }
    this.#forget(nowMs);
    return notices;
  }

  /** The notice did not arrive: it is due again after a while. */
  missed({ status, condition }: Notice, nowMs: number, afterMs: number): void {
    const entry = this.#entries.get(JSON.stringify([condition.event, condition.subject]));
    if (entry === undefined || status !== 'firing') return;
    entry.open = false;
    entry.toldMs = nowMs - this.#options.cooldownMs + afterMs;
  }

  /** Somebody else tells of it, and will tell that it is over. */
  leave({ condition }: Notice): void {
    const entry = this.#entries.get(JSON.stringify([condition.event, condition.subject]));
    if (entry !== undefined) entry.open = false;
  }

  #active(key: string, condition: Condition, nowMs: number): Notice | null {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      if (this.#entries.size >= maxEvents) return null;
      entry = { sinceMs: nowMs, lastActiveMs: nowMs, toldMs: null, open: false };
      this.#entries.set(key, entry);
    }
    entry.sinceMs ??= nowMs;
    entry.lastActiveMs = nowMs;
    const rule = this.#options.rule(condition);
    if (nowMs - entry.sinceMs < rule.for) return null;
    if (entry.toldMs !== null && nowMs - entry.toldMs < this.#options.cooldownMs) return null;
    entry.toldMs = nowMs;
    entry.open = true;
    return { status: 'firing', condition };
  }

  #quiet(key: string, condition: Condition, nowMs: number): Notice | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    entry.sinceMs = null;
    if (!entry.open || nowMs - entry.lastActiveMs < this.#options.resolveAfterMs) return null;
    entry.open = false;
    return { status: 'resolved', condition };
  }

  #forget(nowMs: number): void {
    for (const [key, { open, toldMs, sinceMs, lastActiveMs }] of this.#entries) {
      const told = toldMs !== null && nowMs - toldMs < this.#options.cooldownMs;
      // A subject that is not named any more (a tenant without spending) ends here.
      const gone = nowMs - lastActiveMs > this.#options.cooldownMs + this.#options.resolveAfterMs;
      if ((!open && !told && sinceMs === null) || gone) this.#entries.delete(key);
    }
  }
}
