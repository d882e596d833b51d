import {
  type Clock,
  type Embedder,
  type EmbedderSource,
  isJsonObject,
  type Json,
  type RequestContext,
  type VectorMatch,
  type Vectors,
} from '../../sdk/index.ts';
import type { BookKeeper } from './book-keeper.ts';
import type { EntryBook } from './entry-book.ts';
import type { ErrorBook } from './error-book.ts';
import { compareFacts } from './guard/compare.ts';
import { extractFacts } from './guard/extract.ts';
import { type Facts, GUARD_VERSION } from './guard/facts.ts';
import type { LiveMarks } from './live-marks.ts';
import type { CacheOptions } from './options.ts';
import type { RequestKey } from './request-key.ts';
import { Rest } from './rest.ts';
import { answerRequest, isStale } from './stored-answer.ts';
import type { Tally } from './tally.ts';
import { within } from './within.ts';

const failuresBeforeRest = 5;
const restMs = 10_000;

/** A prompt as it is looked for and kept. */
export interface Prepared {
  readonly namespace: string;
  readonly vector: Float32Array;
  readonly facts: Facts;
  readonly embedder: Embedder;
}

/** An entry that the guard let through. */
export interface Candidate {
  readonly id: string;
  readonly namespace: string;
  /** The request that its answer was made for. */
  readonly requestId: string;
  readonly score: number;
  /** Packed. */
  readonly answer: Json;
}

/** What the guard and the marks left of the matches. */
interface Chosen {
  readonly candidate: Candidate | null;
  readonly stale: Candidate | null;
  /** Why there is no candidate. */
  readonly reason: string;
}

export interface Found {
  readonly candidate: Candidate | null;
  /** The best of those whose time is over, for when no provider answers. */
  readonly stale: Candidate | null;
  /** False where it may not be served, only compared. */
  readonly serve: boolean;
  /** Why nothing is served. */
  readonly reason: string;
  /** Rules that refused candidates in front of it. */
  readonly refused: readonly string[];
}

export interface SemanticServices {
  readonly clock: Clock;
  readonly embedder: EmbedderSource;
  readonly vectors: Vectors;
}

export interface SemanticParts {
  readonly book: ErrorBook;
  readonly keeper: BookKeeper;
  readonly marks: LiveMarks;
  /** Null where thresholds are those of all. */
  readonly entries: EntryBook | null;
  readonly counts: Tally;
}

/** A mark is put right after its entry: one that is missing for longer was removed. */
const settleMs = 5000;

/** Answers by meaning. Everything that fails here is a miss. */
export class Semantic {
  readonly #options: CacheOptions;
  readonly #services: SemanticServices;
  readonly #book: ErrorBook;
  readonly #keeper: BookKeeper;
  readonly #marks: LiveMarks;
  readonly #entries: EntryBook | null;
  readonly #counts: Tally;
  readonly #rest = new Rest(failuresBeforeRest, restMs);

  constructor(
    options: CacheOptions,
    services: SemanticServices,
    { book, keeper, marks, entries, counts }: SemanticParts,
  ) {
    this.#options = options;
    this.#services = services;
    this.#book = book;
    this.#keeper = keeper;
    this.#marks = marks;
    this.#entries = entries;
    this.#counts = counts;
  }

  /** Where an equal prompt is kept, should it be; null while no embedder is ready. */
  placeOf(key: RequestKey): { readonly namespace: string; readonly id: string } | null {
    const { current } = this.#services.embedder;
    const kept = this.#options.semantic && key.prompt !== null && current !== null;
    return kept ? { namespace: namespaceOf(key, current), id: key.exact } : null;
  }

  /** @returns the reason where the prompt cannot be looked for. */
  async prepare(ctx: RequestContext, key: RequestKey): Promise<Prepared | string> {
    const { prompt } = key;
    if (prompt === null || prompt.trim() === '') return 'no-user-text';
    if (prompt.length > this.#options.max_prompt) return 'prompt-too-large';
    const { clock, embedder: source } = this.#services;
    if (!this.#rest.mayAsk(clock.monotonic())) return 'embedder-resting';
    const { requestId } = ctx;
    try {
      const { embedder, vector } = await within(
        clock,
        this.#options.embed_timeout,
        ctx.signal,
        async (signal) => {
          const made = source.current ?? (await source.ready({ requestId }));
          const [one] = await made.embed([prompt], { signal, requestId });
          return { embedder: made, vector: one! };
        },
      );
      this.#rest.succeeded();
      return { namespace: namespaceOf(key, embedder), vector, facts: extractFacts(prompt), embedder };
    } catch {
      if (!ctx.signal.aborted) this.#rest.failed(clock.monotonic());
      this.#counts.add('embedder-failed');
      return 'embedder-failed';
    }
  }

  /** The nearest stored prompt that the guard takes for the same question. */
  async find(tenant: string, alias: string, prepared: Prepared): Promise<Found> {
    const { namespace, vector, embedder } = prepared;
    const base = this.#options.floor ?? embedder.floor;
    const ready = this.#keeper.ready(tenant, alias);
    const known = ready instanceof Promise ? await ready : ready;
    const floor = this.#book.floor(tenant, alias, base);
    const refused: string[] = [];
    let found: Chosen;
    try {
      const matches = await this.#services.vectors.search(
        namespace,
        vector,
        this.#options.top_k,
        floor ?? base,
      );
      found = await this.#choose(matches, prepared, floor ?? base, refused);
    } catch {
      this.#counts.add('vectors-failed');
      return { candidate: null, stale: null, serve: false, reason: 'store-failed', refused };
    }
    const { candidate, stale, reason } = found;
    // What was found out about wrong answers may say that nothing is to be served.
    const withheld = !known
      ? 'state-unknown'
      : floor === null
        ? 'stopped'
        : candidate !== null && !(await this.#fits(candidate))
          ? 'entry-threshold'
          : null;
    if (withheld !== null)
      return { candidate, stale: null, serve: false, reason: candidate ? withheld : reason, refused };
    return { candidate, stale, serve: candidate !== null, reason, refused };
  }

  /** Whether what is known of the entry itself lets it answer. */
  async #fits(candidate: Candidate): Promise<boolean> {
    if (this.#entries === null) return true;
    const may = this.#entries.mayServe(candidate, candidate.score);
    return may instanceof Promise ? await may : may;
  }

  async #choose(
    matches: readonly VectorMatch[],
    { namespace, facts }: Prepared,
    floor: number,
    refused: string[],
  ): Promise<Chosen> {
    const { guard } = this.#options;
    let stale: Candidate | null = null;
    let reason = 'no-entry';
    for (const match of matches) {
      if (match.score < floor) break;
      const entry = entryOf(match);
      if (entry === null) continue;
      const refusal = guard === 'off' ? null : compareFacts(facts, entry.facts, guard);
      if (refusal !== null) {
        // Never the detail: it quotes the prompts.
        refused.push(refusal.rule);
        this.#counts.add(`guard-${refusal.rule}`);
        continue;
      }
      const { requestId, createdAtMs } = answerRequest(entry.answer);
      const candidate = { id: match.id, namespace, requestId, score: match.score, answer: entry.answer };
      const alive = await this.#alive(candidate, createdAtMs);
      if (alive !== null) {
        reason = alive;
        continue;
      }
      if (!isStale(entry.answer, this.#services.clock.now())) return { candidate, stale, reason };
      stale ??= candidate;
    }
    if (refused.length > 0) reason = `guard-${refused[0]}`;
    return { candidate: null, stale, reason };
  }

  /** @returns why an entry that another gateway may have removed is not served; null where it may be. */
  async #alive({ id, namespace, requestId }: Candidate, createdAtMs: number): Promise<string | null> {
    const check = this.#marks.check(id, markOf(requestId, createdAtMs));
    const life = check instanceof Promise ? await check : check;
    if (life === 'alive') return null;
    this.#counts.add(`mark-${life}`);
    if (life === 'unknown') return 'store-failed';
    if (life === 'gone' && this.#services.clock.now() - createdAtMs > settleMs) {
      this.#services.vectors.remove(namespace, [id]);
    }
    return 'removed';
  }

  add(
    { namespace, vector, facts }: Prepared,
    entry: {
      readonly id: string;
      readonly tenant: string;
      readonly tags: readonly string[];
      readonly answer: Json;
      readonly ttlMs: number;
      readonly ageMs: number;
    },
  ): void {
    const { id, tenant, tags, answer, ttlMs, ageMs } = entry;
    const expiresAtMs = this.#services.clock.now() + ttlMs;
    const meta = { f: facts as unknown as Json, a: answer };
    const { requestId, createdAtMs } = answerRequest(answer);
    this.#marks.put({ id, mark: markOf(requestId, createdAtMs), tenant, tags, ttlMs, ageMs });
    this.#services.vectors.add(namespace, [{ id, vector, meta, tenant, tags, expiresAtMs, ageMs }]);
  }
}

function markOf(requestId: string, createdAtMs: number): string {
  return `${requestId} ${createdAtMs}`;
}

/** All of the name must be equal: another embedder or guard finds nothing of this one's. */
function namespaceOf({ frame }: RequestKey, { identity }: Embedder): string {
  return `${frame}|g${GUARD_VERSION}|${identity}`;
}

/** What `add` kept; null for anything else. */
function entryOf({ meta }: VectorMatch): { readonly facts: Facts; readonly answer: Json } | null {
  if (!isJsonObject(meta)) return null;
  const { f, a } = meta;
  if (!isJsonObject(f) || f['version'] !== GUARD_VERSION || !isJsonObject(a)) return null;
  return { facts: f as unknown as Facts, answer: a };
}
