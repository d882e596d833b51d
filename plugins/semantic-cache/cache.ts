import type {
  CacheFound,
  Json,
  MaybePromise,
  RequestContext,
  RequestDecision,
  SettledContext,
} from '../../sdk/index.ts';
import { Uncacheable } from './canonical.ts';
import { goOn, hit, onlyMiss } from './decisions.ts';
import { unfit } from './fitness.ts';
import { forgo, Keeper, storeKey, storeKeyOf } from './keeper.ts';
import type { CacheOptions } from './options.ts';
import type { CacheParts } from './parts.ts';
import { neverInKey, type RequestKey, requestKey } from './request-key.ts';
import { jsonOf, type RequestState } from './request-state.ts';
import type { Found } from './semantic.ts';
import { answerText, unpackAnswer } from './stored-answer.ts';
import { isVolatile } from './volatile.ts';
import { type Wish, wishOf } from './wish.ts';

/** Looks for an answer before a provider is asked, and keeps the one that it gave. */
export class AnswerCache {
  readonly #options: CacheOptions;
  readonly #parts: CacheParts;
  readonly #keeper: Keeper;
  readonly #without: ReadonlySet<string>;
  #toldLate = false;

  constructor(options: CacheOptions, parts: CacheParts) {
    this.#options = options;
    this.#parts = parts;
    this.#keeper = new Keeper(options, parts);
    this.#without = new Set([...neverInKey, ...options.ignore]);
  }

  /** @throws GatewayError for a header that means nothing. */
  look(ctx: RequestContext, state: RequestState): MaybePromise<RequestDecision> {
    const wish = wishOf(ctx, this.#parts.file);
    if (wish.mode === 'bypass') return this.#bypass(wish, wish.reason);
    if (wish.reason !== '') return onlyMiss(wish.reason);
    const reason = unfit(ctx.view, this.#options.max_temperature) ?? this.#begin(ctx, state, wish);
    if (reason !== null) return this.#bypass(wish, reason);
    const key = state.key!;
    if (wish.mode === 'refresh' || !this.#options.exact) return this.#lookByMeaning(ctx, state, wish);
    const found = this.#parts.store.get(storeKey(key));
    return found instanceof Promise
      ? found.then((one) => this.#lookedExactly(ctx, state, wish, one))
      : this.#lookedExactly(ctx, state, wish, found);
  }

  /** After all that may change a request: what was changed since it was looked for is another request. */
  check(ctx: RequestContext, state: RequestState): void {
    if (!state.keep) return;
    const { view, identity, verbs } = ctx;
    if (view === state.view && identity === state.identity && verbs === state.verbs) return;
    const wish = wishOf(ctx, this.#parts.file);
    if (wish.mode === 'bypass') return forgo(state, wish.reason, this.#parts.counts);
    if (wish.ttlMs !== null) state.ttlMs = wish.ttlMs;
    try {
      if (this.#keyOf(ctx, wish, state.tags).exact === state.key!.exact) return;
    } catch {
      // No key is another key, too.
    }
    forgo(state, 'changed-after-cache', this.#parts.counts);
    if (this.#toldLate) return;
    this.#toldLate = true;
    this.#parts.log.warn(
      { file: this.#parts.file },
      'files after the semantic cache change requests, so their answers are not kept: move it behind them',
    );
  }

  /** The end of a request: keeps its answer, and lets those go that wait for it. */
  settled(ctx: SettledContext, state: RequestState): void {
    let answer: Json | null = null;
    try {
      answer = this.#keeper.keep(ctx, state);
    } finally {
      state.flight?.land(answer);
      state.flight = null;
    }
  }

  #bypass(wish: Wish, reason: string): RequestDecision {
    this.#parts.counts.add(`bypass-${reason}`);
    return wish.mode === 'only' ? onlyMiss(reason) : goOn('bypass', reason);
  }

  /** @returns why it cannot be cached; null where it can. */
  #begin(ctx: RequestContext, state: RequestState, wish: Wish): string | null {
    try {
      state.key = this.#keyOf(ctx, wish, ctx.tags);
    } catch (error) {
      if (error instanceof Uncacheable) return error.reason;
      throw error;
    }
    const ttlMs =
      wish.ttlMs ?? (isVolatile(ctx.view.lastUser) === null ? this.#options.ttl : this.#options.volatile_ttl);
    if (ttlMs === 0) return 'volatile';
    state.wish = wish;
    state.view = ctx.view;
    state.identity = ctx.identity;
    state.verbs = ctx.verbs;
    state.tags = ctx.tags;
    state.ttlMs = ttlMs;
    state.startedMs = this.#parts.clock.monotonic();
    state.keep = wish.mode !== 'only';
    return null;
  }

  #keyOf(ctx: RequestContext, { vary }: Wish, tags: RequestState['tags']): RequestKey {
    return requestKey(ctx, {
      vary: [...this.#options.vary, ...vary],
      without: this.#without,
      maxChars: this.#options.max_request,
      tags,
      targets: (this.#parts.models.resolve(ctx.view.model) ?? []).map(({ id }) => id),
    });
  }

  #lookedExactly(
    ctx: RequestContext,
    state: RequestState,
    wish: Wish,
    found: CacheFound | null,
  ): MaybePromise<RequestDecision> {
    if (found !== null) {
      const decision = this.#served(ctx, state, jsonOf(found.value), 'exact', 'same-request');
      if (decision !== null) return decision;
    }
    const { flights } = this.#parts;
    const { exact } = state.key!;
    const first = flights.join(exact);
    if (first !== null) return this.#follow(ctx, state, wish, first);
    if (wish.mode === 'use') state.flight = flights.begin(exact);
    return this.#lookByMeaning(ctx, state, wish);
  }

  async #follow(
    ctx: RequestContext,
    state: RequestState,
    wish: Wish,
    first: Promise<Json | null>,
  ): Promise<RequestDecision> {
    const answer = await first;
    // A purge meanwhile says nothing about an answer that is only asked for now.
    state.startedMs = this.#parts.clock.monotonic();
    const decision = answer === null ? null : this.#served(ctx, state, answer, 'exact', 'single-flight');
    return decision ?? this.#lookByMeaning(ctx, state, wish);
  }

  #lookByMeaning(ctx: RequestContext, state: RequestState, wish: Wish): MaybePromise<RequestDecision> {
    if (!this.#options.semantic) return this.#missed(wish, wish.mode === 'refresh' ? 'refresh' : 'no-entry');
    return this.#searched(ctx, state, wish);
  }

  async #searched(ctx: RequestContext, state: RequestState, wish: Wish): Promise<RequestDecision> {
    const { semantic, shadow } = this.#parts;
    const key = state.key!;
    const prepared = await semantic.prepare(ctx, key);
    if (typeof prepared === 'string') return this.#missed(wish, prepared);
    state.prepared = prepared;
    if (wish.mode === 'refresh') return this.#missed(wish, 'refresh');
    const found = await semantic.find(ctx.identity.tenant.id, ctx.view.model, prepared);
    const { candidate, serve } = found;
    if (candidate === null) return this.#missed(wish, found.reason, found);
    if (!serve) {
      state.withheld = candidate;
      return this.#missed(wish, found.reason, found);
    }
    const { score, answer, namespace, id } = candidate;
    const reason = `similarity-${score.toFixed(3)}`;
    const decision = this.#served(
      ctx,
      state,
      answer,
      'semantic',
      reason,
      { namespace, id },
      {
        score: Math.round(score * 1000) / 1000,
        refused: found.refused,
      },
    );
    if (decision === null) return this.#missed(wish, 'unreadable-entry');
    if (decision.type === 'respond') shadow.served(ctx, key.prompt!, answerText(decision.chunks));
    return decision;
  }

  #missed(wish: Wish, reason: string, found?: Found): RequestDecision {
    this.#parts.counts.add('miss');
    if (wish.mode === 'only') return onlyMiss(reason);
    return goOn('miss', reason, found && found.refused.length > 0 ? { refused: found.refused } : undefined);
  }

  /** @returns null where what lay in the store is no answer. */
  #served(
    ctx: RequestContext,
    state: RequestState,
    packed: Json | undefined,
    source: 'exact' | 'semantic',
    reason: string,
    vector: { readonly namespace: string; readonly id: string } | null = null,
    details?: Json,
  ): RequestDecision | null {
    const answer = unpackAnswer(packed, ctx.view.stream);
    if (answer === null) return null;
    state.keep = false;
    const { counts, recent, semantic } = this.#parts;
    counts.add(`hit-${source}`);
    const { exact } = state.key!;
    recent.add(ctx.requestId, {
      tenant: ctx.identity.tenant.id,
      alias: ctx.view.model,
      key: storeKeyOf(vector === null ? exact : vector.id),
      // The same answer is found by its meaning, too.
      vector: vector ?? semantic.placeOf(state.key!),
      semantic: source === 'semantic',
    });
    return hit(source, reason, answer, details);
  }
}
