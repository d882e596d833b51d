import fc from 'fast-check';
import t from 'tap';
import type { DriftClass } from '../../../core/reports/reconcile/drift.ts';
import { readInvoice } from '../../../core/reports/reconcile/invoice.ts';
import { type Reconciliation, reconcile } from '../../../core/reports/reconcile/reconcile.ts';
import type { ScopeOptions } from '../../../core/reports/reconcile/scope.ts';
import type { LedgerRow } from '../../../sdk/ledger.ts';
import { exportsOf } from './_invoices.ts';
import { ledgerLines } from './_ledger-lines.ts';
import { type Call, callsOf, costOf, rates, rowOf } from './_script.ts';

const everything: ScopeOptions = { providers: [], keys: new Map() };

async function compare(
  invoice: string,
  rows: readonly LedgerRow[],
  options: ScopeOptions = everything,
): Promise<Reconciliation> {
  const result = reconcile(readInvoice(invoice), await ledgerLines(rows), options);
  const explained = result.drifts.reduce((sum, { amount }) => sum + amount, 0);
  const cells = 1 + result.drifts.reduce((sum, drift) => sum + drift.cells, 0);
  t.ok(
    Math.abs(explained - (result.invoice - result.ledger)) <= cells,
    `all of ${result.invoice - result.ledger} is explained: ${explained}`,
  );
  return result;
}

/** Classes that are more than rounding. */
function causes({ drifts }: Reconciliation): DriftClass[] {
  return drifts.map((drift) => drift.class).filter((name) => name !== 'rounding');
}

const vendors = ['openai', 'claude'] as const;

/** All kinds of export, each with calls of its vendor. */
function* cases(): Generator<{
  name: string;
  vendor: (typeof vendors)[number];
  write: (typeof exportsOf)['openai']['openai-usage'];
  large: number;
}> {
  for (const vendor of vendors) {
    for (const [name, write] of Object.entries(exportsOf[vendor])) {
      // An invoice in cents says something only of amounts that are many cents.
      yield { name, vendor, write, large: name === 'anthropic-costs' ? 100 : 1 };
    }
  }
}

for (const { name, vendor, write, large } of cases()) {
  t.test(`${name}: an invoice made from the ledger has no drift`, async (t) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 150 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(),
        fc.constantFrom(1, 100),
        async (count, days, seed, scale) => {
          const calls = callsOf(vendor, count, days, seed, scale);
          const result = await compare(
            write(calls),
            calls.map((call) => rowOf(call)),
          );
          t.strictSame(causes(result), []);
          t.equal(result.share, 0);
          t.equal(result.offsetHours, 0);
          t.equal(result.byKey, true);
        },
      ),
      { numRuns: 40 },
    );
  });

  t.test(`${name}: rows that are missing are missing usage`, async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 2, max: 9 }), async (seed, every) => {
        const calls = callsOf(vendor, 300, 4, seed, large);
        const rows = calls.filter((_, index) => index % every !== 0).map((call) => rowOf(call));
        const result = await compare(write(calls), rows);
        const missing = result.drifts.find((drift) => drift.class === 'missing_usage')!;
        t.ok(result.share > 0.05);
        // Cents hide the smallest ones, and a day that lost only output looks like something else.
        t.ok(missing.affected >= (name === 'anthropic-costs' ? 0.8 : 1) * result.share * result.invoice - 1);
      }),
      { numRuns: 20 },
    );
  });

  t.test(`${name}: rows that the invoice has not are not invoiced`, async (t) => {
    const calls = callsOf(vendor, 300, 4, 7, large);
    const result = await compare(
      write(calls.filter((_, index) => index % 4 !== 0)),
      calls.map((call) => rowOf(call)),
    );
    t.equal(causes(result)[0], 'not_invoiced');
    t.ok(result.share > 0.2);
  });

  t.test(`${name}: cached input that the ledger took for uncached is named`, async (t) => {
    const calls = callsOf(vendor, 300, 4, 7, large).map((call) => ({
      ...call,
      cacheRead: call.cacheRead + 2_000 * large,
    }));
    const uncached = (call: Call): LedgerRow =>
      rowOf({ ...call, input: call.input + call.cacheRead + call.cacheWrite, cacheRead: 0, cacheWrite: 0 });
    const result = await compare(write(calls), calls.map(uncached));
    t.strictSame(causes(result), ['cached_tokens']);
    t.ok(result.share > 0.05);
    t.equal(result.cells[0]?.class, 'cached_tokens');
  });

  t.test(`${name}: days of another time zone are found and are no drift`, async (t) => {
    for (const offsetHours of [9, -8, 5]) {
      const calls = callsOf(vendor, 500, 6, 7, large);
      const inside = (call: Call) => {
        const day = new Date(Date.parse(call.at) + offsetHours * 3_600_000).toISOString().slice(0, 10);
        return day >= '2026-01-11' && day <= '2026-01-14';
      };
      const result = await compare(
        write(calls.filter(inside), { offsetHours }),
        calls.map((call) => rowOf(call)),
      );
      t.strictSame(causes(result), ['time_zone'], String(offsetHours));
      t.equal(result.share, 0);
      t.equal(result.offsetHours, offsetHours);
    }
  });

  t.test(
    `${name}: an organization's other keys and the gateway's other providers do not count`,
    async (t) => {
      const calls = callsOf(vendor, 200, 4, 7, large);
      const strangers = callsOf(vendor, 200, 4, 99, large).map((call) => ({ ...call, key: 'laptop' }));
      const elsewhere = callsOf(vendor === 'openai' ? 'claude' : 'openai', 50).map((call) =>
        rowOf({ ...call, id: `${call.id}x` }),
      );
      const rows = [
        ...calls.map((call) => rowOf({ ...call, key: call.key.replace('key', 'virtual') })),
        ...elsewhere,
      ];
      const invoice = write([...calls, ...strangers]);
      const all = await compare(invoice, rows);
      t.equal(all.byKey, false);
      t.ok(all.share > 0.3, 'without a word about keys they are missing usage');
      const names = ['key_1', 'key_2', 'key_3'];
      const some = await compare(invoice, rows, {
        providers: [],
        keys: new Map(names.map((key) => [key, null])),
      });
      t.match(some, { byKey: false, share: 0 });
      const each = await compare(invoice, rows, {
        providers: [vendor],
        keys: new Map(names.map((key) => [key, key.replace('key', 'virtual')])),
      });
      t.match(each, { byKey: true, share: 0 });
      await t.rejects(
        compare(invoice, rows, { providers: ['azure'], keys: new Map() }),
        /there are claude|openai/,
      );
      await t.rejects(compare(invoice, rows, { providers: [], keys: new Map([['nobody', null]]) }), /it has/);
    },
  );
}

for (const { name, vendor, write, large } of cases()) {
  if (!name.endsWith('costs')) continue;
  t.test(`${name}: another price is another price, and nothing else`, async (t) => {
    for (const factor of [0.5, 0.8, 1.25, 2]) {
      const calls = callsOf(vendor, 400, 4, 7, large);
      const result = await compare(
        write(calls, { factor }),
        calls.map((call) => rowOf(call)),
      );
      t.strictSame(causes(result), ['price_version'], String(factor));
      t.ok(Math.abs(result.share - Math.abs(1 - 1 / factor)) < 0.01);
    }
  });

  t.test(`${name}: rows without a price are a matter of prices`, async (t) => {
    const calls = callsOf(vendor, 300, 4, 7, large);
    const lost = { inputNanoUsd: 0, outputNanoUsd: 0, totalNanoUsd: 0, priceTableVersion: 'unpriced' };
    const model = Object.keys(rates).find((one) => one.startsWith(vendor))!;
    const rows = calls.map((call) => rowOf(call, call.model === model ? { cost_usd: lost } : {}));
    const result = await compare(write(calls), rows);
    t.strictSame(causes(result), ['price_version']);
  });
}

for (const { name, vendor, write, large } of cases()) {
  t.test(`${name}: answers that broke off are aborts`, async (t) => {
    const calls = callsOf(vendor, 400, 4, 7, large);
    const rows = calls.map((call, index) => {
      if (index % 5 !== 0) return rowOf(call);
      const relayed = { ...call, output: Math.floor(call.output / 10) };
      return rowOf(relayed, { error_code: 'client_gone', usage: { estimated: true } });
    });
    const result = await compare(write(calls), rows);
    const aborts = result.drifts.find((drift) => drift.class === 'aborts')!;
    t.ok(aborts.affected > 0.5 * result.share * result.invoice, JSON.stringify(result.drifts));
    if (name === 'openai-usage')
      t.strictSame(causes(result), ['aborts'], 'requests are counted, so it is certain');
  });
}

t.test('what is not paid by token is named as such', async (t) => {
  const calls = callsOf('openai', 50);
  const { write } = [...cases()].find(({ name }) => name === 'openai-costs')!;
  const tools = '1768089600,1768176000,,,12.5,usd,,,web search tool calls,,key_1,,,,,,\n';
  const result = await compare(
    write(calls) + tools,
    calls.map((call) => rowOf(call)),
  );
  t.match(
    result.drifts.find((drift) => drift.class === 'tools'),
    { amount: 12_500_000_000, cells: 1 },
  );
});

t.test('attempts before the last and cache hits count as the provider counts them', async (t) => {
  const calls = callsOf('openai', 40);
  const rows = calls.map((call) => rowOf(call));
  const first = rowOf(calls[0]!, { event_id: 'req_0000.1' });
  const hit = rowOf(calls[1]!, {
    event_id: 'req_hit',
    request_id: 'req_hit',
    provider: null,
    model_resolved: null,
    cache_hit: 'exact',
    usage: {
      input_tokens: 0,
      output_tokens: 0,
      total_tokens: 0,
      cache_read_tokens: 0,
      cache_write_tokens: 0,
    },
    cost_usd: { inputNanoUsd: 0, outputNanoUsd: 0, totalNanoUsd: 0, savedNanoUsd: 5 },
  });
  const invoice = exportsOf.openai['openai-costs']([...calls, { ...calls[0]!, id: 'again' }]);
  const result = await compare(invoice, [...rows, first, hit]);
  t.strictSame(causes(result), []);
  const { input, output } = costOf(calls[0]!);
  t.ok(result.invoice > input + output);
});
