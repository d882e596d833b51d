import { type Clock, isJsonObject, type Json, type MaybePromise } from '../../sdk/index.ts';
import { type Curve, curveOf, exploreShare, type Observation } from './entry-threshold.ts';
import type { Notes } from './notes.ts';

/** Entries with fewer are left to the floor that all share. */
const enough = 8;
/** Of an entry: the latest. What was long ago must not hide what goes wrong now. */
const maxObservations = 64;
const maxEntries = 20_000;

/** An answer that is found by meaning. */
export interface EntryName {
  /** Of the entry, and the request that its answer was made for: another answer is another entry. */
  readonly id: string;
  readonly requestId: string;
}

interface Known {
  readonly observations: readonly Observation[];
  /** Made when it is first asked for. */
  curve: Curve | null;
}

const nothing: Known = { observations: [], curve: null };

/**
 * Thresholds of single entries, learnt from checks of what they answered. An entry with enough observations serves a prompt
 * only where its own curve keeps the target; vCache would serve a share of the others too, at random, which keeps the promise
 * for requests and breaks it for hits: of few hits most may be wrong then.
 */
export class EntryBook {
  readonly #target: number;
  readonly #notes: Notes;
  readonly #clock: Clock;
  readonly #keptMs: number;
  readonly #entries = new Map<string, Known>();
  #writing: Promise<unknown> = Promise.resolve();

  /** @param keptMs how long an entry may live at most: its observations go with it. */
  constructor(target: number, notes: Notes, clock: Clock, keptMs: number) {
    this.#target = target;
    this.#notes = notes;
    this.#clock = clock;
    this.#keptMs = keptMs;
  }

  /** Entries about which something is known here. */
  get size(): number {
    return this.#entries.size;
  }

  mayServe(entry: EntryName, similarity: number): MaybePromise<boolean> {
    const name = nameOf(entry);
    const known = this.#entries.get(name);
    return known === undefined
      ? this.#load(name).then((loaded) => this.#judge(loaded, similarity))
      : this.#judge(known, similarity);
  }

  /** The entry's answer was right for a prompt this similar, or it was not. Resolves when that is noted. */
  record(entry: EntryName, similarity: number, right: boolean): Promise<void> {
    const done = this.#writing
      .then(() => this.#record(nameOf(entry), { similarity: Math.round(similarity * 1000) / 1000, right }))
      .catch(() => undefined);
    this.#writing = done;
    return done;
  }

  #judge(known: Known, similarity: number): boolean {
    if (known.observations.length < enough) return true;
    known.curve ??= curveOf(known.observations);
    return exploreShare(known.curve, similarity, this.#target) === 0;
  }

  async #record(name: string, observation: Observation): Promise<void> {
    const { observations } = this.#entries.get(name) ?? (await this.#load(name));
    const all = [...observations, observation].slice(-maxObservations);
    this.#keep(name, { observations: all, curve: null });
    const note = all.map(({ similarity, right }) => [similarity, right ? 1 : 0]);
    await this.#notes.write(noteOf(name), note, false, this.#clock.now() + this.#keptMs);
  }

  async #load(name: string): Promise<Known> {
    const found = await this.#notes.read(noteOf(name)).catch(() => ({ notes: [], certain: false }));
    let best: readonly Observation[] = [];
    for (const note of found.notes) {
      const observations = observationsIn(note);
      if (observations.length > best.length) best = observations;
    }
    // Others may have recorded meanwhile.
    const known =
      this.#entries.get(name) ?? (best.length === 0 ? nothing : { observations: best, curve: null });
    if (found.certain || known !== nothing) this.#keep(name, known);
    return known;
  }

  #keep(name: string, known: Known): void {
    this.#entries.delete(name);
    this.#entries.set(name, known);
    if (this.#entries.size <= maxEntries) return;
    const [oldest] = this.#entries.keys();
    this.#entries.delete(oldest!);
  }
}

function nameOf({ id, requestId }: EntryName): string {
  return `${id} ${requestId}`;
}

function noteOf(name: string): string {
  return `entry ${name}`;
}

function observationsIn(note: Json): readonly Observation[] {
  if (!Array.isArray(note)) return [];
  return (note as readonly Json[]).slice(-maxObservations).flatMap((pair) => {
    if (!Array.isArray(pair) || isJsonObject(pair)) return [];
    const [similarity, right] = pair as readonly Json[];
    const fine = typeof similarity === 'number' && similarity >= -1 && similarity <= 1;
    return fine && (right === 0 || right === 1) ? [{ similarity, right: right === 1 }] : [];
  });
}
