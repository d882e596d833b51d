import {
  type Api,
  answeringAttempt,
  definePlugin,
  type RequestView,
  type Target,
  totalInputTokens,
  type Usage,
} from '../../sdk/index.ts';
import type { Prices } from '../../sdk/prices.ts';
import { marksFor } from './marks.ts';
import { markableAt } from './models.ts';
import { type PromptCacheOptions, schema } from './options.ts';
import { hasMarks, type PromptParts, promptParts } from './prompt.ts';
import { CacheReport } from './report.ts';
import { PrefixTracker, type Seen } from './tracker.ts';

/** Endpoints whose prompts providers cache. */
const apis: ReadonlySet<Api> = new Set(['chat', 'messages', 'responses']);

interface SentPrompt {
  readonly alias: string;
  readonly parts: PromptParts;
  readonly seen: Seen;
  readonly markedByClient: boolean;
}

/** What is kept of one request while it lasts. */
interface RequestState {
  /** Null before the first attempt. */
  prompt: SentPrompt | null;
  readonly targets: Map<string, Target>;
}

/**
 * Marks what is worth keeping in providers' prompt caches, and says what keeps it from being read again.
 *
 * @example
 * # policies/80-prompt-cache.yaml
 * plugin: prompt-cache
 * ttl: 5m
 */
export const promptCache = definePlugin({
  name: 'prompt-cache',
  summary: 'Marks stable prefixes for prompt caches, and reports what breaks them.',
  schema,
  needs: ['clock', 'log', 'prices', 'random'],
  // Without it a request costs more and says the same.
  onFailure: 'open',

  setup(options: PromptCacheOptions, { clock, log, prices, random }, { file }) {
    const tracker = new PrefixTracker(Math.floor(random.next() * 0x1_0000_0000), options.memory);
    const report = new CacheReport();
    const since = new Date(clock.now()).toISOString();

    function read(view: RequestView, tenant: string): SentPrompt {
      const parts = promptParts(view);
      const seen = tracker.observe(`${view.model}\0${tenant}`, parts, clock.monotonic());
      return { alias: view.model, parts, seen, markedByClient: hasMarks(view) };
    }

    function count({ alias, seen, markedByClient }: SentPrompt, marked: boolean): void {
      report.sent(alias, markedByClient ? 'by client' : marked ? 'marked' : 'unmarked', seen.compared);
      const words = seen.broken === null ? null : report.broke(alias, seen.broken, clock.monotonic());
      if (words !== null) log.warn({ file, alias, ...seen.broken }, words);
    }

    return {
      state: (): RequestState => ({ prompt: null, targets: new Map() }),

      beforeUpstream({ view, identity, target }, state) {
        if (!apis.has(view.api)) return undefined;
        state.targets.set(target.id, target);
        const first = state.prompt === null;
        state.prompt ??= read(view, identity.tenant.id);
        const { parts, seen, markedByClient } = state.prompt;
        const markable = markedByClient ? null : markableAt(target);
        const cacheMarks = markable === null ? [] : marksFor(parts, markable, seen, options);
        if (first) count(state.prompt, cacheMarks.length > 0);
        if (cacheMarks.length === 0) return undefined;
        const places = cacheMarks.map(({ after, ttl }) => `${after} ${ttl}`);
        return { type: 'continue', changes: { cacheMarks }, details: { marks: places } };
      },

      settled({ trace }, { prompt, targets }) {
        const { usage, attempts } = trace;
        if (prompt === null || usage === null || usage.estimated) return;
        const answered = answeringAttempt(attempts);
        const target = answered === undefined ? undefined : targets.get(answered.target);
        if (target !== undefined)
          report.used(prompt.alias, usage, saved(prices, target, usage, answered?.serviceTier));
      },

      routes: [
        {
          method: 'GET',
          path: '/prompt-cache/report',
          access: 'admin',
          query: ['alias'],
          handle: ({ query }) => ({
            body: { object: 'prompt_cache.report', since, data: report.json(query['alias']) },
          }),
        },
      ],
    };
  },
});

/** What the cache saved against the same tokens as plain input, negative where it cost more; null without a price. */
function saved(prices: Prices, target: Target, usage: Usage, tier: string | null | undefined): number | null {
  const plain: Usage = {
    ...usage,
    inputTokens: totalInputTokens(usage),
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
  };
  const without = prices.cost(target, plain, tier ?? undefined);
  const cost = prices.cost(target, usage, tier ?? undefined);
  return without === null || cost === null ? null : without.inputNanoUsd - cost.inputNanoUsd;
}
