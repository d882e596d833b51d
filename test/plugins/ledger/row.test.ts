import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import t from 'tap';
import { ledgerRows } from '../../../plugins/ledger/row.ts';
import type { SettledContext } from '../../../sdk/context.ts';
import { type LedgerRow, ledgerJson } from '../../../sdk/ledger.ts';
import { price, tablePrices } from './_prices.ts';
import { attempt, models, respond, settled, step, usage } from './_settled.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../../docs/reference/cost-ledger.schema.json', import.meta.url), 'utf8'),
) as object;
const valid = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
const prices = tablePrices({ 'gpt-x': price(), 'gpt-mini': price({ input: 10, output: 20 }) });
const nowMs = Date.UTC(2026, 0, 31, 23, 59, 59, 999);

/** The rows of a request; each is held against the shipped schema. */
function rowsOf(ctx: SettledContext): LedgerRow[] {
  const rows = ledgerRows(ctx, { models, prices, nowMs });
  for (const row of rows) {
    t.ok(valid(ledgerJson(row)), JSON.stringify(valid.errors));
    t.ok(row.event_id === row.request_id || row.event_id.startsWith(`${row.request_id}.`));
  }
  return rows;
}

function rowOf(ctx: SettledContext): LedgerRow {
  const rows = rowsOf(ctx);
  t.equal(rows.length, 1);
  return rows[0]!;
}

t.test('an answered request has one row with everything that is known of it', (t) => {
  const counted = usage({
    cacheReadTokens: 30,
    cacheWrite5mTokens: 20,
    cacheWrite1hTokens: 10,
    reasoningTokens: 5,
  });
  t.strictSame(rowOf(settled({ usage: counted }, { tags: { prompt_version: 'v7' } })), {
    event_id: 'req_1',
    timestamp: '2026-01-31T23:59:59.999Z',
    request_id: 'req_1',
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    tenant_id: 'acme',
    feature_id: 'chat',
    user_id_hash: 'aaaa',
    key_id: 'key_1',
    model_alias: 'smart',
    model_resolved: 'openai/gpt-x',
    provider: 'openai',
    region: null,
    cache_hit: 'none',
    usage: {
      input_tokens: 160,
      output_tokens: 50,
      total_tokens: 210,
      cache_read_tokens: 30,
      cache_write_tokens: 30,
      reasoning_tokens: 5,
      embedding_tokens: 0,
      estimated: false,
    },
    cost_usd: {
      inputNanoUsd: 100_000 + 3_000 + 25_000 + 20_000,
      outputNanoUsd: 200_000,
      totalNanoUsd: 348_000,
      savedNanoUsd: 0,
      priceTableVersion: '2026-01-01-aaaaaa',
    },
    latency_ms: { gateway: 0.6, cache_lookup: null, provider: 200, first_token: 100.75, total: 201.5 },
    status: 200,
    error_code: null,
    fallback_chain: ['openai/gpt-x'],
    fallback_used: false,
    rate_limit_tier: 'enterprise',
    prompt_version: 'v7',
    guardrail_blocked: false,
    policy_version: 'p',
  } satisfies LedgerRow);
  t.end();
});

t.test('embedded tokens are input tokens and named as embedded', (t) => {
  const row = rowOf(settled({ api: 'embeddings', usage: usage({ outputTokens: 0 }) }));
  t.match(row.usage, { input_tokens: 100, embedding_tokens: 100, output_tokens: 0 });
  t.end();
});

t.test('a request that was denied has a row without target, tokens and cost', (t) => {
  const nothing = { attempts: [], usage: null, plan: null, model: null, outcome: 'denied' } as const;
  const deny = [step({ decision: 'deny' })];
  const guarded = rowOf(settled({ ...nothing, steps: deny, status: 403, errorCode: 'no_secrets' }));
  t.match(guarded, {
    model_resolved: null,
    provider: null,
    status: 403,
    error_code: 'no_secrets',
    guardrail_blocked: true,
    usage: { total_tokens: 0 },
    cost_usd: { totalNanoUsd: 0, priceTableVersion: '2026-01-01-aaaaaa' },
    latency_ms: { provider: null, first_token: null },
  });
  const limited = rowOf(settled({ ...nothing, steps: deny, status: 429, errorCode: 'rate_limit_exceeded' }));
  t.equal(limited.guardrail_blocked, false, 'a limit is no guardrail');
  const shadow = [step({ decision: 'deny', shadow: true })];
  const failed = rowOf(settled({ steps: shadow, usage: null, status: 502, errorCode: 'upstream_error' }));
  t.equal(failed.guardrail_blocked, false, 'a shadow blocks nothing');
  t.end();
});

t.test('a cache hit costs nothing, asks nobody, and names what it saved', (t) => {
  for (const source of ['exact', 'semantic'] as const) {
    const row = rowOf(
      settled({ steps: [respond(source)], attempts: [], plan: null, model: 'gpt-x', usage: usage() }),
    );
    t.match(row, {
      cache_hit: source,
      model_resolved: null,
      provider: null,
      usage: { total_tokens: 0 },
      cost_usd: { totalNanoUsd: 0, savedNanoUsd: 300_000 },
      latency_ms: { cache_lookup: 1.5, provider: null },
    });
  }
  const missed = rowOf(settled({ steps: [step({ name: 'semantic-cache', durationUs: 900 })] }));
  t.match(missed, { cache_hit: 'none', latency_ms: { cache_lookup: 0.9 } });
  const canned = rowOf(settled({ steps: [respond('policy')], attempts: [], usage: usage() }));
  t.match(canned, { cache_hit: 'none', cost_usd: { totalNanoUsd: 0, savedNanoUsd: 0 } });
  t.end();
});

t.test('a price that nobody knows is no price of zero', (t) => {
  const row = rowOf(settled({ attempts: [attempt({ target: 'local/llama', provider: 'local' })] }));
  t.match(row, {
    model_resolved: 'local/llama',
    provider: 'local',
    usage: { total_tokens: 150 },
    cost_usd: { totalNanoUsd: 0, priceTableVersion: 'unpriced' },
  });
  t.end();
});

t.test('a client that left has a row with what was relayed, counted by the gateway', (t) => {
  const relayed = usage({ outputTokens: 12, estimated: true });
  const left = rowOf(settled({ outcome: 'client_gone', usage: relayed }));
  t.match(left, {
    status: 200,
    error_code: 'client_gone',
    usage: { output_tokens: 12, estimated: true },
    cost_usd: { totalNanoUsd: 148_000 },
  });
  const early = rowOf(settled({ outcome: 'client_gone', status: 0, usage: null }));
  t.match(early, { status: 499, error_code: 'client_gone', usage: { total_tokens: 0 } });
  t.end();
});

t.test('a stream that was cut keeps its status and says that it broke', (t) => {
  const cut = [attempt({ failure: 'cut' })];
  const row = rowOf(
    settled({
      outcome: 'interrupted',
      errorCode: 'stream_interrupted',
      attempts: cut,
      usage: usage({ outputTokens: 3, estimated: true }),
    }),
  );
  t.match(row, {
    status: 200,
    error_code: 'stream_interrupted',
    usage: { output_tokens: 3, estimated: true },
  });
  t.end();
});

t.test('an error after every target failed names the chain, retries once each', (t) => {
  const attempts = [
    attempt({ status: 503, failure: 'overloaded', firstByteMs: null }),
    attempt({ number: 2, status: 503, failure: 'overloaded', firstByteMs: null }),
    attempt({
      number: 3,
      target: 'azure/gpt-x',
      provider: 'azure',
      status: 500,
      failure: 'server_error',
      firstByteMs: null,
    }),
  ];
  const row = rowOf(
    settled({ attempts, usage: null, status: 502, errorCode: 'upstream_error', outcome: 'failed' }),
  );
  t.match(row, {
    model_resolved: 'azure/gpt-x',
    region: 'eu',
    status: 502,
    error_code: 'upstream_error',
    fallback_chain: ['openai/gpt-x', 'azure/gpt-x'],
    fallback_used: false,
    usage: { total_tokens: 0 },
  });
  t.equal(row.fallback_chain.length, 2);
  t.end();
});

t.test('an attempt before the last that cost something has a row of its own', (t) => {
  const attempts = [
    attempt({ failure: 'cut', usage: usage({ outputTokens: 7, estimated: true }), durationMs: 90 }),
    attempt({ number: 2, failure: 'overloaded', status: 503, firstByteMs: null }),
    attempt({ number: 3, target: 'azure/gpt-x', provider: 'azure', startedMs: 300 }),
  ];
  const [lost, request, ...none] = rowsOf(settled({ attempts }));
  t.strictSame(none, []);
  t.match(lost, {
    event_id: 'req_1.1',
    request_id: 'req_1',
    model_resolved: 'openai/gpt-x',
    error_code: 'cut',
    usage: { output_tokens: 7, estimated: true },
    cost_usd: { totalNanoUsd: 128_000 },
    latency_ms: { provider: 90, total: 90 },
  });
  t.match(request, {
    event_id: 'req_1',
    model_resolved: 'azure/gpt-x',
    fallback_used: true,
    latency_ms: { first_token: 400.25 },
  });
  t.end();
});

t.test('the same request always has the same rows', (t) => {
  const ctx = settled({ attempts: [attempt({ usage: usage() }), attempt({ number: 2 })] });
  t.strictSame(rowsOf(ctx), rowsOf(ctx));
  t.end();
});

t.test('a count that is none loses no row', (t) => {
  const odd = usage({ inputTokens: Number.NaN, outputTokens: 1.4, cacheReadTokens: -5, reasoningTokens: 9 });
  t.match(rowOf(settled({ usage: odd })).usage, {
    input_tokens: 0,
    cache_read_tokens: 0,
    output_tokens: 1,
    reasoning_tokens: 1,
  });
  t.end();
});
