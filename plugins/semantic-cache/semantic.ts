import type { Clock, Embedder, EmbedderSource, Json, Log, RequestContext, Vectors } from '../../sdk/index.ts';
import type { BookKeeper } from './book-keeper.ts';
import { type Candidate, Candidates, type Chosen, type Prepared } from './candidates.ts';
import type { EntryBook } from './entry-book.ts';
import type { ErrorBook } from './error-book.ts';
import { extractFacts } from './guard/extract.ts';
import { GUARD_VERSION } from './guard/facts.ts';
import { type LiveMarks, markOf } from './live-marks.ts';
import type { CacheOptions } from './options.ts';
import type { RequestKey } from './request-key.ts';
import { Rest } from './rest.ts';
import { answerRequest } from './stored-answer.ts';
import { packPrompt } from './stored-prompt.ts';
import type { Tally } from './tally.ts';
import { within } from './within.ts';

const failuresBeforeRest = 5;
const restMs = 10_000;
const complainEveryMs = 60_000;

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

interface Embedded {
  readonly embedder: Embedder;
  readonly vector: Float32Array;
}

export interface SemanticServices {
  readonly clock: Clock;
  readonly log: Log;
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

/** Answers by meaning. Everything that fails here is a miss. */
export class Semantic {
  readonly #options: CacheOptions;
  readonly #services: SemanticServices;
  readonly #book: ErrorBook;
  readonly #keeper: BookKeeper;
  readonly #marks: LiveMarks;
  readonly #candidates: Candidates;
  readonly #entries: EntryBook | null;
  readonly #counts: Tally;
  readonly #rest = new Rest(failuresBeforeRest, restMs);
  #complainMs = Number.NEGATIVE_INFINITY;

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
    this.#candidates = new Candidates(options, services, marks, counts);
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
    try {
      const { embedder, vector } = embeddedNow(source.current, prompt) ?? (await this.#embedded(ctx, prompt));
      this.#rest.succeeded();
      return { namespace: namespaceOf(key, embedder), vector, facts: extractFacts(prompt), embedder };
    } catch (error) {
      if (!ctx.signal.aborted) this.#embedderFailed(clock.monotonic(), error);
      this.#counts.add('embedder-failed');
      return 'embedder-failed';
    }
  }

  #embedded({ requestId, signal: outer }: RequestContext, prompt: string): Promise<Embedded> {
    const { clock, embedder: source } = this.#services;
    return within(clock, this.#options.embed_timeout, outer, async (signal) => {
      const embedder = source.current ?? (await source.ready({ requestId }));
      const [vector] = await embedder.embed([prompt], { signal, requestId });
      return { embedder, vector: vector! };
    });
  }

  #embedderFailed(nowMs: number, error: unknown): void {
    this.#rest.failed(nowMs);
    if (nowMs < this.#complainMs) return;
    this.#complainMs = nowMs + complainEveryMs;
    this.#services.log.warn(
      { error: error instanceof Error ? error.message : 'unknown' },
      'the embedder of the semantic cache fails: meanwhile only equal requests are answered',
    );
  }

  /** The nearest stored prompt that the guard takes for the same question. */
  async find(tenant: string, alias: string, prepared: Prepared): Promise<Found> {
    const { embedder } = prepared;
    const base = this.#options.floor ?? embedder.floor;
    const ready = this.#keeper.ready(tenant, alias);
    const known = ready instanceof Promise ? await ready : ready;
    const floor = this.#book.floor(tenant, alias, base);
    const refused: string[] = [];
    let found: Chosen;
    try {
      found = await this.#candidates.choose(prepared, floor ?? base, refused);
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
    const meta = packPrompt({ facts, answer });
    const { requestId, createdAtMs } = answerRequest(answer);
    this.#marks.put({ id, mark: markOf(requestId, createdAtMs), tenant, tags, ttlMs, ageMs });
    this.#services.vectors.add(namespace, [{ id, vector, meta, tenant, tags, expiresAtMs, ageMs }]);
  }
}

/** Null where it takes a while. */
function embeddedNow(embedder: Embedder | null, prompt: string): Embedded | null {
  const vector = embedder?.embedNow?.(prompt);
  return embedder === null || vector === undefined ? null : { embedder, vector };
}

/** All of the name must be equal: another embedder or guard finds nothing of this one's. */
function namespaceOf({ frame }: RequestKey, { identity }: Embedder): string {
  return `${frame}|g${GUARD_VERSION}|${identity}`;
}
