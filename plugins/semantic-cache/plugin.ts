import { definePlugin, GatewayError, type RequestDecision } from '../../sdk/index.ts';
import { AnswerCache } from './cache.ts';
import { ErrorBook } from './error-book.ts';
import { Flights } from './flights.ts';
import { Judge } from './judge.ts';
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
    const counts = new Tally();
    const book = new ErrorBook(options.shadow.target);
    const judge = new Judge(options.shadow, embedder, completions);
    const shadow = new Shadow(options.shadow, services, judge, book, counts);
    const semantic = new Semantic(options, { clock, embedder, vectors }, book, counts);
    const flights = new Flights(clock, options.single_flight);
    const recent = new RecentAnswers();
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
      routes: cacheRoutes({ store, vectors, flights, recent, counts, book, shadow, embedder }),
      close: () => flights.close(),
    };
  },
});
