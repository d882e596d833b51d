import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { parseCsv } from '../../../core/reports/reconcile/csv.ts';
import { readInvoice } from '../../../core/reports/reconcile/invoice.ts';
import { modelFamily } from '../../../core/reports/reconcile/model-name.ts';
import { anthropicUsage, exportsOf, openAiCosts, openAiUsage } from './_invoices.ts';
import { callsOf } from './_script.ts';

for (const vendor of ['openai', 'claude'] as const) {
  for (const [name, write] of Object.entries(exportsOf[vendor])) {
    t.test(`the sample ${name}.csv is what the script of its ledger comes to`, (t) => {
      const sample = readFileSync(new URL(`invoices/${name}.csv`, import.meta.url), 'utf8');
      t.equal(sample, write(callsOf(vendor, 60, 3)));
      const invoice = readInvoice(sample);
      t.equal(invoice.format.name, name);
      t.match(invoice, {
        firstDay: '2026-01-10',
        lastDay: '2026-01-12',
        hasTokens: name !== 'anthropic-costs',
      });
      t.end();
    });
  }
}

t.test('CSV is read as spreadsheets and programs write it', (t) => {
  const { columns, lines } = parseCsv('\ufeff"a", b ,c\r\n"1,""x""\ny",2\r\n\r\n,,\r\n3,4,5');
  t.strictSame(columns, ['a', 'b', 'c']);
  t.strictSame(
    lines.map((line) => [line.number, line.cell('a'), line.cell('b'), line.cell('c'), line.cell('d')]),
    [
      [2, '1,"x"\ny', '2', '', ''],
      [6, '3', '4', '5', ''],
    ],
  );
  t.strictSame(parseCsv('a\tb\n1\t2').lines[0]?.cell('b'), '2');
  t.strictSame(parseCsv('a;b\n1;2,5').lines[0]?.cell('b'), '2,5');
  t.throws(() => parseCsv('a,b\n1,"2'), /line 2: expected a closing quote/);
  t.strictSame(parseCsv('').lines, []);
  t.end();
});

t.test('CSV of any cells is read as it was written', (t) => {
  const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', 'é', '|') });
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 5 }), (rows) => {
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
      const text = ['k,x,y', ...rows.map(([x, y]) => `1,${quoted(x)},${quoted(y)}`)].join('\n');
      const read = parseCsv(text).lines.map((line) => [line.cell('x'), line.cell('y')]);
      t.strictSame(
        read,
        rows.map(([x, y]) => [x.trim(), y.trim()]),
      );
    }),
  );
  t.end();
});

t.test('names of one model are one', (t) => {
  for (const [family, ...names] of [
    ['gpt-4o', 'openai/gpt-4o-2024-08-06', 'gpt-4o', 'azure/gpt-4o'],
    [
      'claude-haiku-4-5',
      'claude/claude-haiku-4-5-20251001',
      'Claude Haiku 4.5',
      'aws/us.anthropic.claude-haiku-4-5-20251001-v1:0',
      'vertex/claude-haiku-4-5@20251001',
    ],
    ['claude-3-5-sonnet', 'Claude 3.5 Sonnet 2024-10-22', 'claude-3-5-sonnet-latest'],
    ['gpt-5-mini', 'gpt-5-mini-2025-08-07'],
    ['llama-3-1-8b', 'openrouter/meta/llama-3.1-8b'],
  ]) {
    for (const name of names) t.equal(modelFamily(name), family, name);
  }
  t.end();
});

t.test('cached tokens are counted once, whatever the export includes', (t) => {
  const usage = readInvoice(openAiUsage(callsOf('openai', 60)));
  const costs = readInvoice(openAiCosts(callsOf('openai', 60)));
  const total = (lines: typeof usage.lines, name: 'input' | 'cache_read' | 'output') =>
    lines.reduce((sum, { tokens }) => sum + (tokens[name] ?? 0), 0);
  for (const name of ['input', 'cache_read', 'output'] as const) {
    t.equal(total(usage.lines, name), total(costs.lines, name), name);
  }
  const written = readInvoice(
    'start_time,num_model_requests,model,input_tokens,input_cached_tokens,input_cache_write_tokens,output_tokens\n1768003200,1,gpt-x,100,30,20,5\n',
  );
  t.strictSame(written.lines[0]?.tokens, { input: 50, cache_read: 30, cache_write: 20, output: 5 });
  t.end();
});

t.test('days without usage are part of the period and no lines', (t) => {
  const { firstDay, lines } = readInvoice(openAiUsage(callsOf('openai', 20), { quietDay: '2026-01-05' }));
  t.equal(firstDay, '2026-01-05');
  t.ok(lines.every(({ day }) => day > '2026-01-05'));
  t.end();
});

t.test('line items are taken apart: tier, modality, long context, and what is no model', (t) => {
  const head = 'start_time,amount_value,line_item\n';
  const items = [
    ['"priority | gpt-5.6-sol, output, long context"', 'gpt-5-6-sol', { output: 1e9 }],
    ['"gpt-audio-mini-2025-12-15 audio, input"', 'gpt-audio-mini', { input: 1e9 }],
    ['"gpt-5-mini-2025-08-07, cache writes"', 'gpt-5-mini', { cache_write: 1e9 }],
    ['web search tool calls', null, { tools: 1e9 }],
    ['"gpt-image-2 image, generation"', null, { tools: 1e9 }],
  ] as const;
  for (const [item, model, costNanoUsd] of items) {
    t.match(readInvoice(`${head}1768003200,1.0,${item}\n`).lines, [
      { day: '2026-01-10', model, costNanoUsd },
    ]);
  }
  const amounts = ['0.0038359800000000000000', '1e-9', '-2.5', '$3', '1,000.5'];
  t.strictSame(
    amounts.map(
      (amount) => readInvoice(`${head}1768003200,"${amount}","m, input"\n`).lines[0]?.costNanoUsd.input,
    ),
    [3_835_980, 1, -2_500_000_000, 3_000_000_000, 1_000_500_000_000],
  );
  t.end();
});

t.test('a file that is none is refused in words', (t) => {
  t.throws(() => readInvoice(''), /an empty file/);
  t.throws(
    () => readInvoice('date,cost\n2026-01-01,3\n'),
    /expected one of these exports[\s\S]*usage_date_utc[\s\S]*came: date, cost/,
  );
  t.throws(() => readInvoice('start_time,amount_value,line_item\n'), /the file has none/);
  t.throws(
    () => readInvoice('start_time,amount_value,line_item\n1768003200,1,\n'),
    /Group the export by line item/,
  );
  t.throws(
    () => readInvoice('start_time,amount_value,line_item\n1768003200,one,"m, input"\n'),
    /line 2: .*dollars; came "one"/,
  );
  t.throws(
    () => readInvoice('start_time,amount_value,amount_currency,line_item\n1768003200,1,eur,"m, input"\n'),
    /usd; came eur/,
  );
  t.throws(
    () => readInvoice('start_time,amount_value,line_item\nsoon,1,"m, input"\n'),
    /line 2: expected start_time/,
  );
  const usage = anthropicUsage(callsOf('claude', 1)).replace(/,0,global/, ',0,global');
  t.throws(() => readInvoice(usage.replace(/(claude-[\w-]+,key_\d)/, ',key_1')), /expected a model/);
  t.throws(
    () =>
      readInvoice(
        openAiUsage(callsOf('openai', 1)).replace(/,\d+\.0,default|default,\d+\.0/, 'default,many'),
      ),
    /whole number; came "many"/,
  );
  t.end();
});
