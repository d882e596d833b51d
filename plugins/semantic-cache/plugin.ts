import { definePlugin, GatewayError, type Random, type RequestDecision } from '../../sdk/index.ts';
import { BookKeeper } from './book-keeper.ts';
import { AnswerCache } from './cache.ts';
import { Checks } from './checks.ts';
import { EntryBook } from './entry-book.ts';
import { ErrorBook } from './error-book.ts';
import { Flights } from './flights.ts';
import { Judge } from './judge.ts';
import { LiveMarks } from './live-marks.ts';
import { cacheMetrics } from './metrics.ts';
import { Notes } from './notes.ts';
import { type CacheOptions, checkOptions, schema } from './options.ts';
import { RecentAnswers } from './recent.ts';
import { Recorder } from './recorder.ts';
import { newState, type RequestState } from './request-state.ts';
import { cacheRoutes } from './routes.ts';
import { Semantic } from './semantic.ts';
import { Shadow } from './shadow.ts';
import { Tally } from './tally.ts';

/** Longer than any wait of its own: the step must not fail before that ends. */
const stepTimeoutMs = 150_000;

/** An index of less could hold nothing. */
const minIndexBytes = 1_048_576;

/**
 * Answers requests that came before, and requests that mean the same as one that came before, without asking a provider.
 * It looks in `onRequest`, so its file stands behind all that identify, limit, redact and change requests, and it keeps
 * answers in `settled`, after the client's last byte was decided.
 *
 * @example
 * # policies/50-cache.yaml
 * plugin: semantic-cache
 * ttl: 1h
 */
export const semanticCache = definePlugin({
  name: 'semantic-cache',
  summary: 'Answers requests that came before, and such that mean the same.',
  schema,
  needs: ['cache', 'clock', 'completions', 'embedder', 'log', 'models', 'random', 'vectors'],
  verbs: ['cache'],
  caches: true,
  // Without a cache requests are only slower.
  onFailure: 'open',
  timeoutMs: stepTimeoutMs,
  streamMode: 'observe',

  setup(options: CacheOptions, services, { file }) {
    checkOptions(options);
    const judgeModel = options.shadow.model;
    if (judgeModel !== undefined && services.models.resolve(judgeModel) === undefined) {
      throw new Error(`shadow.model: "${judgeModel}" is no alias and no provider/model of the configuration`);
    }
    const { cache: store, clock, completions, embedder, log, models, vectors } = services;
    store.bound?.(options.max_bytes);
    vectors.bound?.(Math.max(minIndexBytes, options.max_bytes));
    const counts = new Tally();
    const book = new ErrorBook(options.shadow.target, nodeName(services.random));
    const notes = new Notes(store, vectors);
    const keeper = new BookKeeper(book, notes, clock);
    const marks = new LiveMarks(store);
    const checks = new Checks();
    const entries =
      options.thresholds === 'floor'
        ? null
        : new EntryBook(options.shadow.target, notes, clock, options.ttl + options.stale_if_error);
    const judge = new Judge(options.shadow, embedder, completions);
    const shadow = new Shadow(options.shadow, services, { judge, keeper, entries, checks, counts });
    const semantic = new Semantic(
      options,
      { clock, log, embedder, vectors },
      { book, keeper, marks, entries, counts },
    );
    const flights = new Flights(clock, options.single_flight);
    const recent = new RecentAnswers(store);
    const parts = { file, store, semantic, shadow, flights, recent, counts, clock, log, models };
    const answers = new AnswerCache(options, parts);

    return {
      state: newState,
      onRequest(ctx, state: RequestState): RequestDecision | Promise<RequestDecision> {
        try {
          return answers.look(ctx, state);
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error;
          return { type: 'deny', status: error.status, code: error.code, message: error.message };
        }
      },
      route(ctx, state) {
        answers.check(ctx, state);
        return undefined;
      },
      afterResponse({ cached }, state) {
        if (cached || !state.keep) return undefined;
        state.recorder = new Recorder(options.max_answer);
        return state.recorder;
      },
      settled(ctx, state) {
        answers.settled(ctx, state);
      },
      routes: cacheRoutes({
        ...{ store, vectors, flights, recent, counts, book },
        ...{ keeper, entries, marks, checks, shadow, embedder, log },
      }),
      metrics: cacheMetrics(book, counts, shadow),
      async close() {
        flights.close();
        await keeper.flush();
      },
    };
  },
});

/** Names this process among those that share a store: 64 random bits. */
function nodeName(random: Random): string {
  const half = () => Math.floor(random.next() * 2 ** 32).toString(36);
  return `${half()}-${half()}`;
}
