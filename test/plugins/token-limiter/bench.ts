/**
 * Cost of the plugin's hooks for a request with five scopes on counters in memory:
 * `node --disable-warning=ExperimentalWarning test/plugins/token-limiter/bench.ts`
 */
import { jsonTextFrom } from '../../../core/body/json-text.ts';
import { chatDialect } from '../../../core/dialects/chat/dialect.ts';
import { createPrices } from '../../../core/prices/prices.ts';
import { systemClock } from '../../../core/services/clock.ts';
import { silentLog } from '../../../core/services/log.ts';
import { createMemoryCounters } from '../../../core/stores/counters/memory.ts';
import { tokenLimiter } from '../../../plugins/token-limiter/plugin.ts';
import type { RequestContext, RequestHooks, SettledContext } from '../../../sdk/index.ts';
import { ScriptedUpstream } from '../../../sdk/testing/upstream.ts';
import { attempt, budget, identity, models, optionsOf, priceTable, target, usage } from './harness.ts';

const rounds = 200_000;

const cases = [
  ['five scopes: usd of key and tenant, requests and tokens a minute, tokens a day', 60],
  ['the same, 4 KB of text', 4000],
  ['the same, 40 KB of text', 40_000],
] as const;

for (const [name, characters] of cases) {
  const counters = createMemoryCounters({ clock: systemClock });
  const hooks = (await tokenLimiter.setup(
    optionsOf({ limits: [{ by: 'tenant', per: 'day', tokens: 1_000_000_000_000 }] }),
    {
      clock: systemClock,
      http: new ScriptedUpstream(),
      log: silentLog,
      counters,
      prices: createPrices(priceTable),
      models,
    },
    { file: '20-limits.yaml', policyVersion: 'p' },
  )) as RequestHooks<unknown>;
  const who = identity(
    { requestsPerMinute: 1e12, tokensPerMinute: 1e12, budget: budget(Number.MAX_SAFE_INTEGER) },
    { budget: budget(Number.MAX_SAFE_INTEGER) },
  );
  const text = jsonTextFrom(
    JSON.stringify({
      model: 'cheap',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'x'.repeat(characters) }],
    }),
  );
  const trace = { attempts: [attempt(1, 'cheap')], steps: [], usage: usage(20, 30) };
  const asked = target('cheap');
  const plan = { targets: [asked] };
  const first: number[] = [];
  const rest: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const view = chatDialect.view(text);
    // The estimate is made for policies and the ledger too.
    void view.inputTokens;
    const ctx = {
      requestId: `req_${round}`,
      view,
      identity: who,
      tags: {},
      aside: null,
      earlier: [],
      verbs: [],
      trace,
      target: models.resolve('cheap')![0],
      plan,
    };
    const startedMs = performance.now();
    const state = hooks.state!(ctx as unknown as RequestContext);
    void hooks.onRequest!(ctx as unknown as RequestContext, state);
    const admittedMs = performance.now();
    void hooks.beforeUpstream!(ctx as never, state);
    void hooks.settled!(ctx as unknown as SettledContext, state);
    const settledMs = performance.now();
    if (round > rounds / 10) {
      first.push((admittedMs - startedMs) * 1000);
      rest.push((settledMs - admittedMs) * 1000);
    }
  }
  console.log(`${name}: onRequest ${summary(first)}, beforeUpstream and settled ${summary(rest)}`);
}

function summary(samples: number[]): string {
  const sorted = Float64Array.from(samples).sort();
  const at = (share: number) => sorted[Math.floor(sorted.length * share)]!.toFixed(1);
  const mean = sorted.reduce((sum, one) => sum + one, 0) / sorted.length;
  return `p50 ${at(0.5)} µs, p99 ${at(0.99)} µs, mean ${mean.toFixed(1)} µs`;
}
