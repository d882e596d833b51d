import type { Clock, Json, MaybePromise } from '../../sdk/index.ts';
import { type ErrorBook, nameOf, type Step, steps } from './error-book.ts';
import { equal, evidenceIn, jsonOfEvidence, noEvidence } from './evidence.ts';
import type { FoundNotes, Notes } from './notes.ts';

/** For that long what this gateway knows of a group is taken for all there is. */
const freshMs = 2000;
/** Groups whose names are noted, so that they are known after a restart before anybody asks. */
const maxNamed = 500;
const index = 'groups';
/** A purge asks so often for what is known. */
const purgeTries = 5;

/** Keeps what the book says of wrong answers, over restarts and in step with other gateways. */
export class BookKeeper {
  readonly #book: ErrorBook;
  readonly #notes: Notes;
  readonly #clock: Clock;
  /** When a group was read, by its name. Behind the book's own bound nothing is kept here either. */
  readonly #readMs = new Map<string, number>();
  readonly #reading = new Map<string, Promise<boolean>>();
  /** Writes go one after the other: each merges what was written before. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(book: ErrorBook, notes: Notes, clock: Clock) {
    this.#book = book;
    this.#notes = notes;
    this.#clock = clock;
    book.onForgotten = (name) => this.#readMs.delete(name);
  }

  /** Whether it is known what may be served to a group: looked up first, and again where others may have changed it. */
  ready(tenant: string, alias: string): MaybePromise<boolean> {
    const name = nameOf(tenant, alias);
    const readMs = this.#readMs.get(name);
    const fresh = readMs !== undefined && this.#clock.monotonic() - readMs < freshMs;
    if (fresh || (readMs !== undefined && !this.#notes.shared)) return true;
    let reading = this.#reading.get(name);
    if (reading === undefined) {
      reading = this.#read(tenant, alias, name).finally(() => this.#reading.delete(name));
      this.#reading.set(name, reading);
    }
    return reading;
  }

  /** Counts one checked answer, and tells the others. @returns what it led to. */
  record(tenant: string, alias: string, wrong: boolean): MaybePromise<Step> {
    const ready = this.ready(tenant, alias);
    return ready instanceof Promise
      ? ready.then(() => this.#record(tenant, alias, wrong))
      : this.#record(tenant, alias, wrong);
  }

  /**
   * Learns of all groups that have a name; for those who want to see them all.
   * @returns false where a store did not answer, so that there may be more.
   */
  async readAll(): Promise<boolean> {
    let { notes, certain } = await this.#find(index);
    for (const [tenant, alias] of namesIn(notes)) certain = (await this.ready(tenant, alias)) && certain;
    return certain;
  }

  /**
   * Learns of all groups before their notes go. A store that is just being opened is waited for.
   * @returns false where one did not answer, so that something may be forgotten.
   */
  async readBeforePurge(): Promise<boolean> {
    for (let tries = 1; !(await this.readAll()); tries += 1) {
      if (tries === purgeTries) return false;
      await this.#notes.opened();
    }
    return true;
  }

  /** After everything was purged: what is known of wrong answers is no answer. */
  async writeAll(): Promise<void> {
    for (const { tenant, alias } of [...this.#book.groups()]) await this.#save(tenant, alias, false);
    await this.#saveIndex([]);
  }

  /** Resolves when all that was recorded is written, or could not be. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  #record(tenant: string, alias: string, wrong: boolean): Step {
    const known = this.#book.evidence(tenant, alias) !== noEvidence;
    const step = this.#book.record(tenant, alias, wrong);
    void this.#save(tenant, alias, step !== null);
    if (!known) void this.#saveIndex([[tenant, alias]]);
    return step;
  }

  async #read(tenant: string, alias: string, name: string): Promise<boolean> {
    const first = !this.#readMs.has(name) && this.#book.evidence(tenant, alias) === noEvidence;
    const { notes, certain } = await this.#find(name);
    this.#learn(tenant, alias, notes, first);
    // What was found is known, though one of two stores is silent: each of them has all.
    const known = certain || notes.length > 0 || this.#readMs.has(name);
    if (known) this.#noteRead(name);
    const own = this.#book.evidence(tenant, alias);
    const whole = notes.length === this.#notes.places && notes.every((note) => same(note, own));
    const missing = own !== noEvidence && !whole;
    if (certain && missing) void this.#save(tenant, alias, false);
    return known;
  }

  #learn(tenant: string, alias: string, notes: readonly Json[], first: boolean): void {
    for (const note of notes) {
      const evidence = evidenceIn(note, steps);
      if (evidence !== null) this.#book.learn(tenant, alias, evidence, first);
    }
  }

  #save(tenant: string, alias: string, now: boolean): Promise<void> {
    return this.#inTurn(async () => {
      const name = nameOf(tenant, alias);
      if (this.#notes.shared) this.#learn(tenant, alias, (await this.#find(name)).notes, false);
      const evidence = this.#book.evidence(tenant, alias);
      await this.#notes.write(name, jsonOfEvidence(evidence), now);
      this.#book.told(tenant, alias, evidence);
    });
  }

  #saveIndex(more: readonly (readonly [string, string])[]): Promise<void> {
    return this.#inTurn(async () => {
      const own = [...this.#book.groups()].map(({ tenant, alias }) => [tenant, alias] as const);
      const known = namesIn((await this.#find(index)).notes);
      const names = new Map([...more, ...own, ...known].map((pair) => [nameOf(...pair), pair]));
      await this.#notes.write(index, [...names.values()].slice(0, maxNamed), false);
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    // Nothing depends on it: the next look of any gateway finds that something is missing.
    const done = this.#writing.then(work).catch(() => undefined);
    this.#writing = done;
    return done;
  }

  async #find(name: string): Promise<FoundNotes> {
    try {
      return await this.#notes.read(name);
    } catch {
      return { notes: [], certain: false };
    }
  }

  #noteRead(name: string): void {
    this.#readMs.delete(name);
    this.#readMs.set(name, this.#clock.monotonic());
    if (this.#readMs.size <= 10_000) return;
    const [oldest] = this.#readMs.keys();
    this.#readMs.delete(oldest!);
  }
}

function same(note: Json, own: Parameters<typeof equal>[0]): boolean {
  const evidence = evidenceIn(note, steps);
  return evidence !== null && equal(evidence, own);
}

function namesIn(notes: readonly Json[]): readonly (readonly [string, string])[] {
  return notes.flatMap((note) =>
    Array.isArray(note)
      ? (note as readonly Json[]).filter(
          (pair): pair is readonly [string, string] =>
            Array.isArray(pair) && pair.length === 2 && pair.every((one) => typeof one === 'string'),
        )
      : [],
  );
}
