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
import type { ErrorBook } from './error-book.ts';
import { compareFacts } from './guard/compare.ts';
import { extractFacts } from './guard/extract.ts';
import { type Facts, GUARD_VERSION } from './guard/facts.ts';
import type { CacheOptions } from './options.ts';
import type { RequestKey } from './request-key.ts';
import { Rest } from './rest.ts';
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
  readonly score: number;
  /** Packed. */
  readonly answer: Json;
}

export interface Found {
  readonly candidate: Candidate | null;
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

/** Answers by meaning. Everything that fails here is a miss. */
export class Semantic {
  readonly #options: CacheOptions;
  readonly #services: SemanticServices;
  readonly #book: ErrorBook;
  readonly #counts: Tally;
  readonly #rest = new Rest(failuresBeforeRest, restMs);

  constructor(options: CacheOptions, services: SemanticServices, book: ErrorBook, counts: Tally) {
    this.#options = options;
    this.#services = services;
    this.#book = book;
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
    const { namespace, vector, facts, embedder } = prepared;
    const { guard, top_k: topK, floor: own } = this.#options;
    const base = own ?? embedder.floor;
    const floor = this.#book.floor(tenant, alias, base);
    const refused: string[] = [];
    let candidate: Candidate | null = null;
    try {
      const matches = await this.#services.vectors.search(namespace, vector, topK, floor ?? base);
      for (const match of matches) {
        if (match.score < (floor ?? base)) break;
        const entry = entryOf(match);
        if (entry === null) continue;
        const refusal = guard === 'off' ? null : compareFacts(facts, entry.facts, guard);
        if (refusal === null) {
          candidate = { id: match.id, namespace, score: match.score, answer: entry.answer };
          break;
        }
        // Never the detail: it quotes the prompts.
        refused.push(refusal.rule);
        this.#counts.add(`guard-${refusal.rule}`);
      }
    } catch {
      this.#counts.add('vectors-failed');
      return { candidate: null, serve: false, reason: 'store-failed', refused };
    }
    const reason = refused.length > 0 ? `guard-${refused[0]}` : 'no-entry';
    if (candidate === null) return { candidate, serve: false, reason, refused };
    return { candidate, serve: floor !== null, reason: 'stopped', refused };
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
    this.#services.vectors.add(namespace, [{ id, vector, meta, tenant, tags, expiresAtMs, ageMs }]);
  }
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
