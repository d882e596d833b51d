import fc from 'fast-check';
import t from 'tap';
import { costReport } from '../../../core/reports/cost-report.ts';
import { parseDimensions, type ReportDimension, reportDimensions } from '../../../core/reports/dimension.ts';
import { usdText } from '../../../core/reports/money.ts';
import { reportJson } from '../../../core/reports/report-json.ts';
import { reportCsv, reportTable } from '../../../core/reports/report-text.ts';
import { parseWindow } from '../../../core/reports/window.ts';
import { MemoryLedger } from '../../plugins/ledger/_memory-ledger.ts';
import { callsOf, rowOf } from './_script.ts';

const nowMs = Date.UTC(2026, 0, 20, 12);
const all = { sinceMs: null, untilMs: null, limit: 1000 };

t.test('an amount is written to the nano-dollar', (t) => {
  for (const [nano, text] of [
    [0, '0.00'],
    [1, '0.000000001'],
    [123_000_000, '0.123'],
    [500_000_000, '0.50'],
    [12_000_000_000, '12.00'],
    [-1_500_000_000, '-1.50'],
    [9_007_199_254_740_991, '9007199.254740991'],
  ] as const) {
    t.equal(usdText(nano), text);
  }
  fc.assert(
    fc.property(
      fc.maxSafeNat(),
      (nano) =>
        BigInt(usdText(nano).replace(/\.(\d*)$/, (_, d: string) => d.padEnd(9, '0'))) === BigInt(nano),
    ),
  );
  t.end();
});

t.test('times are read as people write them', (t) => {
  t.strictSame(parseWindow('7d', undefined, nowMs), { sinceMs: nowMs - 7 * 86_400_000, untilMs: null });
  t.strictSame(parseWindow('2026-01-10', '2026-01-11T02:00:00+02:00', nowMs), {
    sinceMs: Date.UTC(2026, 0, 10),
    untilMs: Date.UTC(2026, 0, 11),
  });
  t.strictSame(parseWindow(undefined, undefined, nowMs), { sinceMs: null, untilMs: null });
  for (const wrong of [
    'yesterday',
    '7',
    '2026-02-30',
    '2026-13-01',
    '2026-01-10T10:00',
    '10/01/2026',
    "'; DROP",
  ]) {
    t.throws(() => parseWindow(wrong, undefined, nowMs), { code: 'invalid_request', param: 'since' }, wrong);
  }
  t.throws(() => parseWindow('2026-01-10', '2026-01-10', nowMs), /after since/);
  t.end();
});

t.test('dimensions are named, each once; a mistake names the nearest', (t) => {
  t.strictSame(parseDimensions(' tenant, model,tenant '), ['tenant', 'model']);
  t.strictSame(parseDimensions(''), []);
  t.throws(() => parseDimensions('tenat'), /did you mean "tenant"\?/);
  t.throws(() => parseDimensions(reportDimensions.join(',')), /at most 8/);
  t.end();
});

t.test('what single rows say sums to the same as what the ledger sums', async (t) => {
  const ledger = new MemoryLedger(callsOf('openai', 700).map((call) => rowOf(call)));
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.constantFrom(...reportDimensions), { minLength: 0, maxLength: 4 }),
      fc.integer({ min: 0, max: 120 }),
      fc.integer({ min: 1, max: 120 }),
      async (by: ReportDimension[], sinceHour, hours) => {
        const sinceMs = Date.UTC(2026, 0, 10) + sinceHour * 3_599_999;
        const window = { sinceMs, untilMs: sinceMs + hours * 3_600_001, limit: 10_000 };
        const plain = await costReport(ledger, { by, ...window });
        const folded = await costReport(ledger, { by: [...by, 'price', 'estimated', 'error'], ...window });
        const add = (report: typeof plain) =>
          report.groups.reduce(
            (sum, group) => ({
              rows: sum.rows + group.rows,
              requests: sum.requests + group.requests,
              cost: sum.cost + group.costNanoUsd,
              tokens: sum.tokens + group.inputTokens + group.outputTokens,
            }),
            { rows: 0, requests: 0, cost: 0, tokens: 0 },
          );
        t.strictSame(add(folded), add(plain));
        t.equal(add(plain).cost, plain.total.costNanoUsd);
        t.equal(folded.forgottenRows, 0);
        t.equal(folded.more, false);
      },
    ),
    { numRuns: 60 },
  );
});

t.test('the dearest groups come first, and the total counts those that are left out', async (t) => {
  const ledger = new MemoryLedger(callsOf('openai', 300).map((call) => rowOf(call)));
  for (const by of [
    ['day', 'key'],
    ['day', 'key', 'price'],
  ] as const) {
    const every = await costReport(ledger, { ...all, by });
    const some = await costReport(ledger, { ...all, by, limit: 3 });
    t.equal(every.groups.length, 12);
    t.equal(every.more, false);
    t.equal(some.more, true);
    t.strictSame(some.groups, every.groups.slice(0, 3));
    t.strictSame(some.total, every.total);
    const costs = every.groups.map(({ costNanoUsd }) => costNanoUsd);
    t.strictSame(
      costs,
      costs.toSorted((a, b) => b - a),
    );
  }
});

t.test('rows that are forgotten are counted where they are in no group', async (t) => {
  const ledger = new MemoryLedger(callsOf('openai', 300).map((call) => rowOf(call)));
  await ledger.prune(Date.UTC(2026, 0, 12));
  const report = await costReport(ledger, { ...all, by: ['price'] });
  t.ok(report.forgottenRows > 50);
  t.equal(report.forgottenRows + report.groups[0]!.rows, 300);
  t.match(reportTable(reportJson(report)), /older than the retention/);
});

t.test('more groups than fit into memory are refused, and a reader who left ends the reading', async (t) => {
  const rows = Array.from({ length: 10_050 }, (_, index) => {
    const [call] = callsOf('openai', 1, 1);
    return rowOf({ ...call!, id: `req_${index}` }, { tenant_id: `tenant_${index}` });
  });
  const ledger = new MemoryLedger(rows);
  await t.rejects(costReport(ledger, { ...all, by: ['tenant', 'hour'] }), {
    code: 'invalid_request',
    param: 'by',
  });
  ledger.reads = 0;
  await costReport(ledger, { ...all, by: ['hour'] }, () => false);
  t.ok(ledger.reads <= 1);
});

t.test('as CSV every amount is exact and no text is a formula', async (t) => {
  const [call] = callsOf('openai', 1);
  const nasty = ['=HYPERLINK("http://evil")', '+1', '-1', '@x', 'a,"b"\nc', 'plain'];
  const ledger = new MemoryLedger(
    nasty.map((alias, index) => rowOf({ ...call!, id: `req_${index}` }, { model_alias: alias })),
  );
  const csv = reportCsv(reportJson(await costReport(ledger, { ...all, by: ['alias'] })));
  const cost = usdText(ledger.all[0]!.cost_usd.totalNanoUsd);
  t.match(csv, /^alias,requests,errors,.*,cost_usd,saved_usd\n/);
  t.ok(csv.includes(`"'=HYPERLINK(""http://evil"")",1,`));
  t.ok(csv.includes("'+1,1,") && csv.includes("'-1,1,") && csv.includes("'@x,1,"));
  t.ok(csv.includes('"a,""b""\nc",1,'));
  t.match(csv, new RegExp(`^plain,1,0,.*,${cost.replace('.', '\\.')},0\\.00$`, 'm'));
});

t.test('as a table it shows what clients sent without obeying it', async (t) => {
  const [call] = callsOf('openai', 1);
  const ledger = new MemoryLedger([
    rowOf(call!, { model_alias: '\u001b[2Jgone\u202e' }),
    rowOf({ ...call!, id: 'req_2' }, { model_alias: 'x'.repeat(200) }),
  ]);
  const text = reportTable(reportJson(await costReport(ledger, { ...all, by: ['alias'] })));
  t.notMatch(text, '\u001b');
  t.match(text, /\?\[2Jgone\?/);
  t.ok(text.split('\n').every((line) => line.length < 200));
  t.match(text, /^total +2 /m);
  t.match(text, /the beginning to now, UTC/);
});

t.test('an empty ledger is a report of nothing', async (t) => {
  for (const by of [['tenant'], ['price']] as const) {
    const report = reportJson(await costReport(new MemoryLedger(), { ...all, by }));
    t.match(report, { groups: [], more: false, total: { requests: 0, cost_usd: 0 } });
  }
});
