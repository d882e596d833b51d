import {
  type Json,
  type MaybePromise,
  type RequestContext,
  type SettledContext,
  totalTokens,
} from '../../sdk/index.ts';
import { bytesOf } from './json-bytes.ts';
import type { CacheOptions } from './options.ts';
import type { CacheParts } from './parts.ts';
import type { RequestKey } from './request-key.ts';
import type { RequestState } from './request-state.ts';
import { answerText, packAnswer, unpackAnswer } from './stored-answer.ts';
import type { Tally } from './tally.ts';

export interface Kept {
  readonly answer: Json;
  /** False where it was purged meanwhile, or the store is out of reach. */
  readonly kept: MaybePromise<boolean>;
}

/** Keeps the answers that may be given to others. */
export class Keeper {
  readonly #options: CacheOptions;
  readonly #parts: CacheParts;

  constructor(options: CacheOptions, parts: CacheParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** @returns the packed answer for those who wait, and whether the store took it; null where there is none for others. */
  keep(ctx: SettledContext, state: RequestState): Kept | null {
    const { keep, key, recorder } = state;
    if (!keep || key === null) return null;
    const { trace } = ctx;
    const reason = recorder === null ? 'no-answer' : (recorder.refusal ?? refusalOf(ctx) ?? nameRefusal(ctx));
    if (reason !== null) {
      forgo(state, reason, this.#parts.counts);
      return null;
    }
    const { clock, semantic, store, recent, shadow } = this.#parts;
    const { chunks } = recorder!;
    const answer = packAnswer({
      chunks,
      model: recorder!.model ?? trace.model ?? ctx.view.model,
      requestId: ctx.requestId,
      createdAtMs: clock.now(),
      freshUntilMs: state.staleMs === 0 ? null : clock.now() + state.ttlMs,
    });
    const ageMs = Math.max(0, clock.monotonic() - state.startedMs);
    const tenant = ctx.identity.tenant.id;
    const tags = tagsOf(ctx, key);
    const { prepared, withheld } = state;
    const ttlMs = state.ttlMs + state.staleMs;
    let kept: MaybePromise<boolean> = true;
    if (this.#options.exact) {
      kept = store.put({
        key: storeKey(key),
        value: bytesOf(answer),
        meta: null,
        ttlMs,
        tenant,
        tags,
        ageMs,
      });
    }
    if (prepared !== null) {
      semantic.add(prepared, { id: key.exact, tenant, tags, answer, ttlMs, ageMs });
      if (withheld !== null) {
        const cached = unpackAnswer(withheld.answer, false);
        if (cached !== null) {
          shadow.withheld(ctx, {
            prompt: key.prompt!,
            cached: answerText(cached.chunks),
            fresh: answerText(chunks),
            entry: withheld,
            counts: state.withheldBy !== 'entry-threshold',
          });
        }
      }
    }
    const vector = prepared === null ? null : { namespace: prepared.namespace, id: key.exact };
    recent.add(ctx.requestId, {
      tenant,
      alias: ctx.view.model,
      key: storeKey(key),
      vector,
      score: null,
      answerOf: ctx.requestId,
    });
    this.#parts.counts.add('kept');
    return { answer, kept };
  }
}

/** The request's answer is not for others. */
export function forgo(state: RequestState, reason: string, counts: Tally): void {
  state.keep = false;
  state.recorder = null;
  counts.add(`not-kept-${reason}`);
}

/** Why an answer that was complete is not for others; null where it is. */
function refusalOf({ trace }: SettledContext): string | null {
  if (trace.outcome !== 'complete' || trace.status !== 200 || trace.source !== null) return 'no-answer';
  // The answer of a stand-in must not outlive the outage.
  if (trace.fallback !== 'none') return 'fallback';
  if (trace.usage !== null && totalTokens(trace.usage) === 0) return 'no-answer';
  return null;
}

/** The stores know tenants by names of 1 to 200 characters. */
function nameRefusal({ identity }: RequestContext): string | null {
  const { length } = identity.tenant.id;
  return length >= 1 && length <= 200 ? null : 'tenant-name';
}

export function storeKey({ exact }: RequestKey): string {
  return storeKeyOf(exact);
}

export function storeKeyOf(exact: string): string {
  return `answer:${exact}`;
}

/** Names for `purge`. */
function tagsOf({ view }: RequestContext, { revision }: RequestKey): string[] {
  const tags = [`alias:${view.model}`];
  if (revision !== '') tags.push(`revision:${revision}`);
  return tags.map((tag) => tag.slice(0, 200));
}
