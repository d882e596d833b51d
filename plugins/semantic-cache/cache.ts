import type {
  CacheFound,
  CacheStore,
  Json,
  MaybePromise,
  RequestContext,
  RequestDecision,
  SettledContext,
} from '../../sdk/index.ts';
import type { Candidate } from './candidates.ts';
import { Uncacheable } from './canonical.ts';
import { goOn, hit, onlyMiss } from './decisions.ts';
import { unfit } from './fitness.ts';
import type { Flight } from './flights.ts';
import { jsonOf } from './json-bytes.ts';
import { forgo, Keeper, type Kept, storeKey, storeKeyOf } from './keeper.ts';
import type { CacheOptions } from './options.ts';
import type { CacheParts } from './parts.ts';
import { neverInKey, type RequestKey, requestKey } from './request-key.ts';
import type { RequestState, Stale } from './request-state.ts';
import type { Found } from './semantic.ts';
import { answerText, isStale, unpackAnswer } from './stored-answer.ts';
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
    const { flight } = state;
    state.flight = null;
    let kept: Kept | null = null;
    try {
      if (state.stale !== null && ctx.trace.source === state.stale.respond.source)
        this.#servedStale(ctx, state, state.stale);
      kept = this.#keeper.keep(ctx, state);
    } finally {
      if (flight !== null) land(flight, kept, this.#parts.store);
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
    const volatile = wish.ttlMs === null && isVolatile(ctx.view.lastUser) !== null;
    const ttlMs = wish.ttlMs ?? (volatile ? this.#options.volatile_ttl : this.#options.ttl);
    if (ttlMs === 0) return 'volatile';
    state.staleMs = volatile ? 0 : this.#options.stale_if_error;
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
      const packed = jsonOf(found.value);
      if (this.#options.stale_if_error > 0 && isStale(packed, this.#parts.clock.now())) {
        this.#offer(ctx, state, packed, 'exact', null);
      } else {
        const decision = this.#served(ctx, state, packed, 'exact', 'same-request', null);
        if (decision !== null) return decision;
      }
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
    const decision =
      answer === null ? null : this.#served(ctx, state, answer, 'exact', 'single-flight', null);
    return decision ?? this.#lookByMeaning(ctx, state, wish);
  }

  #lookByMeaning(ctx: RequestContext, state: RequestState, wish: Wish): MaybePromise<RequestDecision> {
    if (!this.#options.semantic)
      return this.#missed(state, wish, wish.mode === 'refresh' ? 'refresh' : 'no-entry');
    return this.#searched(ctx, state, wish);
  }

  async #searched(ctx: RequestContext, state: RequestState, wish: Wish): Promise<RequestDecision> {
    const { semantic, shadow } = this.#parts;
    const key = state.key!;
    const prepared = await semantic.prepare(ctx, key);
    if (typeof prepared === 'string') return this.#missed(state, wish, prepared);
    state.prepared = prepared;
    if (wish.mode === 'refresh') return this.#missed(state, wish, 'refresh');
    const found = await semantic.find(ctx.identity.tenant.id, ctx.view.model, prepared);
    const { candidate, serve, stale } = found;
    if (stale !== null) this.#offer(ctx, state, stale.answer, 'semantic', stale);
    if (candidate === null) return this.#missed(state, wish, found.reason, found);
    if (!serve) {
      state.withheld = candidate;
      state.withheldBy = found.reason;
      return this.#missed(state, wish, found.reason, found);
    }
    const score = Math.round(candidate.score * 1000) / 1000;
    const reason = `similarity-${candidate.score.toFixed(3)}`;
    const details = { score, refused: found.refused };
    const decision = this.#served(ctx, state, candidate.answer, 'semantic', reason, candidate, details);
    if (decision === null) return this.#missed(state, wish, 'unreadable-entry');
    if (decision.type === 'respond') shadow.served(ctx, key.prompt!, answerText(decision.chunks), candidate);
    return decision;
  }

  #missed({ stale }: RequestState, wish: Wish, reason: string, found?: Found): RequestDecision {
    this.#parts.counts.add('miss');
    if (wish.mode === 'only') return onlyMiss(reason);
    const details = found && found.refused.length > 0 ? { refused: found.refused } : undefined;
    return goOn('miss', reason, details, stale?.respond);
  }

  /** @returns null where what lay in the store is no answer. */
  #served(
    ctx: RequestContext,
    state: RequestState,
    packed: Json | undefined,
    source: 'exact' | 'semantic',
    reason: string,
    entry: Candidate | null,
    details?: Json,
  ): RequestDecision | null {
    const answer = unpackAnswer(packed, ctx.view.stream);
    if (answer === null) return null;
    state.keep = false;
    this.#parts.counts.add(`hit-${source}`);
    this.#remember(ctx, state, answer.requestId, entry, entry?.score ?? null);
    return hit(source, reason, answer, details);
  }

  /** An answer whose time is over, for when no provider answers. The first one is the best. */
  #offer(
    ctx: RequestContext,
    state: RequestState,
    packed: Json | undefined,
    source: 'exact' | 'semantic',
    entry: Candidate | null,
  ): void {
    if (state.stale !== null || state.wish?.mode !== 'use') return;
    const answer = unpackAnswer(packed, ctx.view.stream);
    if (answer === null) return;
    const respond = hit(source, 'stale-if-error', answer);
    state.stale = { respond, entry, answerOf: answer.requestId };
  }

  /** No provider answered, so the offer was taken. */
  #servedStale(ctx: SettledContext, state: RequestState, { entry, answerOf }: Stale): void {
    this.#parts.counts.add('stale-if-error');
    this.#remember(ctx, state, answerOf, entry, null);
  }

  #remember(
    ctx: RequestContext,
    state: RequestState,
    answerOf: string,
    entry: Candidate | null,
    score: number | null,
  ): void {
    const { recent, semantic } = this.#parts;
    const { exact } = state.key!;
    recent.add(ctx.requestId, {
      tenant: ctx.identity.tenant.id,
      alias: ctx.view.model,
      key: storeKeyOf(entry === null ? exact : entry.id),
      // The same answer is found by its meaning, too.
      vector: entry === null ? semantic.placeOf(state.key!) : { namespace: entry.namespace, id: entry.id },
      score,
      answerOf,
    });
  }
}

/** Ends the wait of others. What was purged while it was made is not for them, as far as gateways share what they know. */
function land(flight: Flight, kept: Kept | null, store: CacheStore): void {
  if (kept === null) return flight.land(null);
  const { answer, kept: keeping } = kept;
  if (!(keeping instanceof Promise)) return flight.land(answer);
  keeping.then(
    (done) => flight.land(done || store.stats().state === 'down' ? answer : null),
    () => flight.land(null),
  );
}
