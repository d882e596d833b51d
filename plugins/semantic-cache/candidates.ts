import type { Clock, Embedder, Json, MaybePromise, VectorMatch, Vectors } from '../../sdk/index.ts';
import { compareFacts } from './guard/compare.ts';
import type { Facts } from './guard/facts.ts';
import { type Life, type LiveMarks, markOf } from './live-marks.ts';
import type { CacheOptions } from './options.ts';
import { answerRequest, isStale } from './stored-answer.ts';
import { unpackPrompt } from './stored-prompt.ts';
import type { Tally } from './tally.ts';

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
export interface Chosen {
  readonly candidate: Candidate | null;
  /** The best of those whose time is over. */
  readonly stale: Candidate | null;
  /** Why there is no candidate. */
  readonly reason: string;
}

/** A question on its way through the matches. */
interface Asked {
  readonly prepared: Prepared;
  readonly floor: number;
  /** Rules that refused. */
  readonly refused: string[];
  /** Entries that were looked at. */
  readonly known: Set<string>;
  stale: Candidate | null;
  reason: string;
}

/** A mark is put right after its entry: one that is missing for longer was removed. */
const settleMs = 5000;

/** Chooses among the nearest stored prompts. */
export class Candidates {
  readonly #options: CacheOptions;
  readonly #clock: Clock;
  readonly #vectors: Vectors;
  readonly #marks: LiveMarks;
  readonly #counts: Tally;

  constructor(
    options: CacheOptions,
    { clock, vectors }: { readonly clock: Clock; readonly vectors: Vectors },
    marks: LiveMarks,
    counts: Tally,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#vectors = vectors;
    this.#marks = marks;
    this.#counts = counts;
  }

  /**
   * First among what is found at once: where one of those may answer, nothing better needs to be looked for.
   *
   * @param refused gets the rules that refused entries.
   */
  async choose(prepared: Prepared, floor: number, refused: string[]): Promise<Chosen> {
    const { namespace, vector } = prepared;
    const k = this.#options.top_k;
    const asked: Asked = { prepared, floor, refused, known: new Set(), stale: null, reason: 'no-entry' };
    const near = await this.#among(this.#vectors.near(namespace, vector, k, floor), asked);
    if (near.candidate !== null) return near;
    return this.#among(await this.#vectors.search(namespace, vector, k, floor), asked);
  }

  async #among(matches: readonly VectorMatch[], asked: Asked): Promise<Chosen> {
    const { guard } = this.#options;
    const { prepared, refused, known } = asked;
    const { namespace, facts } = prepared;
    for (const match of matches) {
      if (match.score < asked.floor) break;
      if (known.has(match.id)) continue;
      known.add(match.id);
      const stored = unpackPrompt(match.meta);
      if (stored === null) continue;
      const refusal = guard === 'off' ? null : compareFacts(facts, stored.facts, guard);
      if (refusal !== null) {
        // Never the detail: it quotes the prompts.
        refused.push(refusal.rule);
        this.#counts.add(`guard-${refusal.rule}`);
        continue;
      }
      const { answer } = stored;
      const { requestId, createdAtMs } = answerRequest(answer);
      const candidate = { id: match.id, namespace, requestId, score: match.score, answer };
      const dead = this.#whyDead(candidate, createdAtMs);
      const reason = dead instanceof Promise ? await dead : dead;
      if (reason !== null) asked.reason = reason;
      else if (isStale(answer, this.#clock.now())) asked.stale ??= candidate;
      else return { candidate, stale: asked.stale, reason: '' };
    }
    if (refused.length > 0) asked.reason = `guard-${refused[0]}`;
    return { candidate: null, stale: asked.stale, reason: asked.reason };
  }

  /** @returns why an entry that another gateway may have removed is not served; null where it may be. */
  #whyDead(candidate: Candidate, createdAtMs: number): MaybePromise<string | null> {
    const check = this.#marks.check(candidate.id, markOf(candidate.requestId, createdAtMs));
    return check instanceof Promise
      ? check.then((life) => this.#told(candidate, createdAtMs, life))
      : this.#told(candidate, createdAtMs, check);
  }

  #told({ id, namespace }: Candidate, createdAtMs: number, life: Life): string | null {
    if (life === 'alive') return null;
    this.#counts.add(`mark-${life}`);
    if (life === 'unknown') return 'store-failed';
    if (life === 'gone' && this.#clock.now() - createdAtMs > settleMs) this.#vectors.remove(namespace, [id]);
    return 'removed';
  }
}
