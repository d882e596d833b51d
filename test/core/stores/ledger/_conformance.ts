import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import type t from 'tap';
import { type Ledger, type LedgerRow, ledgerJson, maxLedgerRows } from '../../../../sdk/ledger.ts';
import { dayFilters, dayMs, dimensions, filters, firstDayMs, ledgerRows, scopes } from './_arbitrary.ts';
import { naiveSpend, naiveSums } from './_naive.ts';
import { row } from './_rows.ts';

type Test = Pick<typeof t, 'test' | 'equal' | 'strictSame' | 'match' | 'ok' | 'rejects'>;

export interface LedgerUnderTest {
  readonly ledger: Ledger;
  close(): Promise<void>;
}

/** A ledger with nothing in it. */
export type OpenLedger = () => Promise<LedgerUnderTest>;

const schema: object = JSON.parse(
  readFileSync(new URL('../../../../docs/reference/cost-ledger.schema.json', import.meta.url), 'utf8'),
);
export const isSchemaRow = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);

/** What every ledger does. */
export function ledgerConformance(t: Test, name: string, open: OpenLedger, runs: number): void {
  const test = (sentence: string, body: (t: Test, ledger: Ledger) => Promise<void>) =>
    t.test(`${name}: ${sentence}`, async (t) => {
      const { ledger, close } = await open();
      try {
        await body(t as Test, ledger);
      } finally {
        await close();
      }
    });
  const all = (ledger: Ledger) => ledger.rows({}, maxLedgerRows);

  test('a row comes back as it was written, and its JSON form is of the schema', async (t, ledger) => {
    const rows: LedgerRow[] = [
      row('req_plain'),
      row('req_full', {
        event_id: 'req_full.2',
        timestamp: '2099-12-31T23:59:59.999Z',
        feature_id: '日本語 ✓ 🎉 \'"\\{},NULL\n',
        user_id_hash: 'f'.repeat(64),
        usage: { embedding_tokens: 7, estimated: true, input_tokens: 1_000_000_000_000 },
        cost_usd: {
          inputNanoUsd: 0,
          outputNanoUsd: 1,
          totalNanoUsd: 1e15,
          savedNanoUsd: 999_999_999_999_999,
        },
        latency_ms: { gateway: 0.000125, cache_lookup: 0.1, provider: null, first_token: null },
        cache_hit: 'semantic',
        status: 502,
        error_code: 'upstream_error',
        fallback_chain: ['a/b', 'c/"d"', ''],
        fallback_used: true,
        prompt_version: '3',
        guardrail_blocked: true,
      }),
      row('req_bare', {
        timestamp: '1970-01-01T00:00:00.000Z',
        feature_id: null,
        model_resolved: null,
        provider: null,
        region: null,
        rate_limit_tier: null,
        fallback_chain: [],
        tenant_id: '',
      }),
    ];
    await ledger.append(rows);
    t.strictSame(await all(ledger), [rows[1], rows[0], rows[2]]);
    for (const one of await all(ledger))
      t.ok(isSchemaRow(ledgerJson(one)), JSON.stringify(isSchemaRow.errors));
  });

  test('a row that is appended again changes nothing', async (t, ledger) => {
    await ledger.append([row('req_1'), row('req_1'), row('req_2')]);
    await ledger.append([row('req_2'), row('req_3')]);
    await Promise.all([1, 2, 3].map(async () => ledger.append([row('req_3'), row('req_4')])));
    t.equal((await all(ledger)).length, 4);
    t.strictSame(
      await ledger.sum([], {}),
      naiveSums(
        ['1', '2', '3', '4'].map((id) => row(`req_${id}`)),
        [],
        {},
      ),
    );
  });

  test('attempts count as rows and cost, not as requests or errors', async (t, ledger) => {
    await ledger.append([
      row('req_1', { event_id: 'req_1.1', status: 502, error_code: 'upstream_error', provider: 'openai' }),
      row('req_1'),
      row('req_2', { status: 429, error_code: 'rate_limit_exceeded' }),
      row('req_3', { status: 200, error_code: 'stream_interrupted' }),
    ]);
    const [sum] = await ledger.sum([], {});
    t.match(sum, { rows: 4, requests: 3, errors: 2, costNanoUsd: 4 * 14_500_001 });
    const byProvider = await ledger.sum(['provider'], {});
    t.strictSame(
      byProvider.map(({ by, rows, requests }) => [...by, rows, requests]),
      [
        ['claude', 3, 3],
        ['openai', 1, 0],
      ],
    );
    t.equal((await ledger.rows({ requestId: 'req_1' }, 10)).length, 2);
  });

  test('an empty ledger has one sum of nothing, and no groups', async (t, ledger) => {
    t.strictSame(await ledger.sum([], {}), naiveSums([], [], {}));
    t.strictSame(await ledger.sum(['tenant', 'user'], { sinceMs: 5, untilMs: 3 }), []);
    t.strictSame(await all(ledger), []);
    t.equal(await ledger.prune(firstDayMs), 0);
    await ledger.append([]);
  });

  t.test(`${name}: what single scopes spent is what a naive sum says, for any rows and windows`, async () => {
    await fc.assert(
      fc.asyncProperty(ledgerRows, scopes, async (drafts, asked) => {
        const fresh = await open();
        try {
          await fresh.ledger.append(drafts);
          assert.deepStrictEqual(
            await fresh.ledger.spend(asked),
            asked.map((scope) => naiveSpend(drafts, scope)),
            JSON.stringify(asked),
          );
        } finally {
          await fresh.close();
        }
      }),
      { numRuns: Math.ceil(runs / 2) },
    );
  });

  test('what a scope spent is known of forgotten days, and of users', async (t, ledger) => {
    const at = (day: number) => new Date(firstDayMs + day * dayMs + 5).toISOString();
    const user = 'u'.repeat(64);
    await ledger.append(
      [0, 1, 2, 3].map((day) => row(`req_${day}`, { timestamp: at(day), user_id_hash: user, key_id: 'k1' })),
    );
    await ledger.prune(firstDayMs + 2 * dayMs);
    const spent = await ledger.spend([{ keyId: 'k1' }, { userId: user }, { userId: null }, { keyId: 'k2' }]);
    t.strictSame(
      spent.map(({ rows, costNanoUsd }) => [rows, costNanoUsd]),
      [
        [4, 4 * 14_500_001],
        [4, 4 * 14_500_001],
        [0, 0],
        [0, 0],
      ],
    );
  });

  test('what was spent beyond 2^53 is given as that, and not refused', async (t, ledger) => {
    const cost_usd = { inputNanoUsd: 0, outputNanoUsd: 1e15, totalNanoUsd: 1e15, savedNanoUsd: 0 };
    await ledger.append(Array.from({ length: 10 }, (_, at) => row(`req_${at}`, { cost_usd })));
    const [sum] = await ledger.spend([{}]);
    t.equal(sum!.costNanoUsd, Number.MAX_SAFE_INTEGER);
  });

  test('rows come newest first, and pages of them neither repeat nor miss one', async (t, ledger) => {
    const rows = Array.from({ length: 300 }, (_, index) =>
      row(`req_${index}`, {
        // Seven moments, 43 rows each.
        timestamp: new Date(firstDayMs + (index % 7) * 20_000_000).toISOString(),
        tenant_id: index % 2 === 0 ? 'acme' : 'trial',
        key_id: `k${index % 3}`,
      }),
    );
    await ledger.append(rows);
    for (const filter of [{}, { tenantId: 'acme' }, { keyId: 'k1' }, { tenantId: 'trial', keyId: 'k0' }]) {
      const whole = await ledger.rows(filter, 1000);
      const expected = rows.filter(
        (one) =>
          (!('tenantId' in filter) || one.tenant_id === filter.tenantId) &&
          (!('keyId' in filter) || one.key_id === filter.keyId),
      );
      t.strictSame(whole.map((one) => one.event_id).sort(), expected.map((one) => one.event_id).sort());
      const times = whole.map((one) => one.timestamp);
      t.strictSame(times, [...times].sort().reverse());
      const paged: LedgerRow[] = [];
      for (let offset = 0; offset < 320; offset += 40) paged.push(...(await ledger.rows(filter, 40, offset)));
      t.strictSame(paged, whole);
    }
    t.strictSame(await ledger.rows({ tenantId: 'nobody' }, 10), []);
    t.strictSame(await ledger.rows({}, 10, 300), []);
    t.strictSame(await ledger.rows({ requestId: 'req_1' }, 10), [rows[1]], 'not req_10 and others');
  });

  test('any number of rows fits, also of one moment', async (t, ledger) => {
    const rows = Array.from({ length: 5000 }, (_, index) => row(`req_${index}`));
    await ledger.append(rows);
    t.match((await ledger.sum([], {}))[0], { rows: 5000, costNanoUsd: 5000 * 14_500_001 });
    t.match(await ledger.sum(['day'], {}), [{ by: ['2026-01-15'], requests: 5000 }]);
    const ms = Date.parse('2026-01-15T12:00:00.000Z');
    t.match((await ledger.sum([], { sinceMs: ms, untilMs: ms + 1 }))[0], { rows: 5000 });
    t.match((await ledger.sum([], { sinceMs: ms + 1, untilMs: ms + 10 }))[0], { rows: 0 });
    t.equal((await all(ledger)).length, 5000);
    t.equal(await ledger.prune(Date.parse('2026-01-16T00:00:00.000Z')), 5000);
  });

  test('all of many appended at once are there', async (t, ledger) => {
    await Promise.all(Array.from({ length: 500 }, async (_, index) => ledger.append([row(`req_${index}`)])));
    t.equal((await all(ledger)).length, 500);
  });

  test('sums by any dimensions over any window are those of the rows', async () => {
    await fc.assert(
      fc.asyncProperty(
        ledgerRows,
        fc.array(fc.tuple(dimensions, filters), { maxLength: 8 }),
        async (drafts, asked) => {
          const fresh = await open();
          try {
            await fresh.ledger.append(drafts);
            for (const [by, filter] of asked) {
              assert.deepStrictEqual(
                await fresh.ledger.sum(by, filter),
                naiveSums(drafts, by, filter),
                JSON.stringify([by, filter]),
              );
            }
          } finally {
            await fresh.close();
          }
        },
      ),
      { numRuns: runs },
    );
  });

  test('sums over whole days stay when rows are forgotten', async () => {
    await fc.assert(
      fc.asyncProperty(
        ledgerRows,
        fc.array(fc.tuple(dimensions, dayFilters), { maxLength: 8 }),
        fc.integer({ min: 0, max: 5 * dayMs }),
        async (drafts, asked, pruneAtMs) => {
          const fresh = await open();
          try {
            await fresh.ledger.append(drafts);
            const beforeMs = firstDayMs + pruneAtMs;
            const cutMs = Math.floor(beforeMs / dayMs) * dayMs;
            const kept = drafts.filter((one) => Date.parse(one.timestamp) >= cutMs);
            assert.equal(await fresh.ledger.prune(beforeMs), drafts.length - kept.length);
            assert.equal((await fresh.ledger.rows({}, maxLedgerRows)).length, kept.length);
            for (const [by, filter] of asked) {
              assert.deepStrictEqual(
                await fresh.ledger.sum(by, filter),
                naiveSums(drafts, by, filter),
                JSON.stringify([by, filter, pruneAtMs]),
              );
            }
            const ragged = { sinceMs: cutMs + 1 };
            assert.deepStrictEqual(
              await fresh.ledger.sum(['user'], ragged),
              naiveSums(kept, ['user'], ragged),
            );
          } finally {
            await fresh.close();
          }
        },
      ),
      { numRuns: runs },
    );
  });

  test('the dearest groups come first, and no more than asked for', async (t, ledger) => {
    const costs = { a: 5, b: 9, c: 5, d: 0 };
    await ledger.append(
      Object.entries(costs).map(([tenant_id, totalNanoUsd]) =>
        row(`req_${tenant_id}`, { tenant_id, cost_usd: { totalNanoUsd } }),
      ),
    );
    const names = async (limit?: number) => (await ledger.sum(['tenant'], {}, limit)).map(({ by }) => by[0]);
    t.strictSame(await names(), ['b', 'a', 'c', 'd']);
    t.strictSame(await names(2), ['b', 'a']);
  });

  test('what is not a row is refused by name, and nothing of it is written', async (t, ledger) => {
    const wrong: [LedgerRow, RegExp][] = [
      [row('req_1', { event_id: 'req_2' }), /event_id to be the request_id req_1/],
      [row('req_1', { event_id: 'req_12' }), /or to begin with it and a dot; came "req_12"/],
      [row('', { event_id: '' }), /event_id to be a text of 1 to 200/],
      [row('r'.repeat(151)), /request_id to be a text of 1 to 150/],
      [row('req_\0'), /event_id/],
      [row('req_1', { timestamp: '2026-01-15' }), /timestamp like 2026/],
      [row('req_1', { timestamp: '2026-02-30T00:00:00.000Z' }), /timestamp/],
      [row('req_1', { timestamp: '1969-12-31T23:59:59.999Z' }), /timestamp/],
      [row('req_1', { cost_usd: { totalNanoUsd: 1.5 } }), /totalNanoUsd to be a whole number from 0/],
      [row('req_1', { cost_usd: { totalNanoUsd: -1 } }), /came -1/],
      [row('req_1', { cost_usd: { inputNanoUsd: 2 ** 53 } }), /came 9007199254740992/],
      [row('req_1', { usage: { input_tokens: Number.NaN } }), /input_tokens .* came NaN/],
      [row('req_1', { latency_ms: { total: Number.POSITIVE_INFINITY } }), /latency_ms.total/],
      [row('req_1', { latency_ms: { provider: -1 } }), /latency_ms.provider/],
      [row('req_1', { status: 200.5 }), /status/],
    ];
    for (const [one, message] of wrong) {
      await t.rejects(async () => ledger.append([row('req_good'), one]), { name: 'RangeError', message });
    }
    t.strictSame(await all(ledger), []);
  });

  test('texts that no database keeps are made whole, long ones are cut', async (t, ledger) => {
    await ledger.append([row('req_1', { model_alias: 'a\0b\ud800c', feature_id: `${'x'.repeat(255)}🎉` })]);
    t.match(await all(ledger), [{ model_alias: 'a\ufffdb\ufffdc', feature_id: `${'x'.repeat(255)}\ufffd` }]);
    const long = (index: number) => `${index}${'🎉'.repeat(300)}`;
    const rows = [1, 2, 3].map((index) =>
      row(`req_long_${index}`, {
        tenant_id: long(index),
        key_id: long(1),
        feature_id: long(2),
        model_alias: long(3),
        model_resolved: long(4),
        provider: long(5),
        fallback_chain: Array.from({ length: 100 }, (_, place) => long(place)),
      }),
    );
    await ledger.append(rows);
    t.equal((await ledger.sum(['tenant', 'model'], {})).length, 4);
    for (const one of await all(ledger))
      t.ok(isSchemaRow(ledgerJson(one)), JSON.stringify(isSchemaRow.errors));
  });

  test('a sum beyond what a number holds is refused, its groups are not', async (t, ledger) => {
    await ledger.append(
      Array.from({ length: 10 }, (_, index) =>
        row(`req_${index}`, { tenant_id: `t${index % 2}`, cost_usd: { totalNanoUsd: 1e15 } }),
      ),
    );
    await t.rejects(async () => ledger.sum([], {}), {
      name: 'RangeError',
      message: /sum of cost_nano_usd .*10000000000000000/,
    });
    t.match(await ledger.sum(['tenant'], {}), [{ costNanoUsd: 5e15 }, { costNanoUsd: 5e15 }]);
    t.match((await ledger.sum([], { tenantId: 't1' }))[0], { costNanoUsd: 5e15 });
  });

  test('reports run while rows are written, each of one moment', async (t, ledger) => {
    let stop = false;
    const writing = (async () => {
      for (let index = 0; !stop; index += 1) {
        await ledger.append([row(`req_${index}`), row(`req_${index}`, { event_id: `req_${index}.1` })]);
        if (index % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let round = 0; round < 20; round += 1) {
      const [sum] = await ledger.sum([], {});
      t.equal(sum!.rows, 2 * sum!.requests, 'rows of one append come together');
    }
    stop = true;
    await writing;
  });
}
