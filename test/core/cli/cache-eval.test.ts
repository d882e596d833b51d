import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { cacheCommand } from '../../../core/cli/cache.ts';
import type { Terminal } from '../../../core/cli/command.ts';
import { UsageError } from '../../../core/cli/command.ts';
import { reportOnPairs } from '../../../plugins/semantic-cache/eval/report.ts';

const pairs = [
  { a: 'How do I reset my password?', b: 'How can I reset my password?', same: true, source: 'x:faq' },
  { a: 'the 2023 annual report', b: 'the 2024 annual report', same: false, source: 'x:year' },
];

async function folder(t: { teardown(run: () => Promise<void>): unknown }) {
  const cwd = await mkdtemp(join(tmpdir(), 'sluice-cache-'));
  t.teardown(() => rm(cwd, { recursive: true }));
  await writeFile(join(cwd, 'pairs.jsonl'), pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(''));
  return cwd;
}

function run(cwd: string, ...args: readonly string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    env: {},
    cwd,
    isTty: false,
  };
  return { out, err, code: cacheCommand(reportOnPairs).run(args, terminal) };
}

t.test('cache eval prints a table, JSON or the plot', async (t) => {
  const cwd = await folder(t);
  const table = run(cwd, 'eval', 'pairs.jsonl', '--max-wrong', '1');
  t.equal(await table.code, 0);
  t.match(table.out.join(''), /strict +0\.6 \(floor\) +100\.0%/);
  const json = run(cwd, 'eval', 'pairs.jsonl', '--format', 'json', '--plot', 'plot.svg');
  t.equal(await json.code, 0);
  t.equal((JSON.parse(json.out.join('')) as { pairs: number }).pairs, 2);
  t.match(await readFile(join(cwd, 'plot.svg'), 'utf8'), /^<svg /);
  const svg = run(cwd, 'eval', 'pairs.jsonl', '--format', 'svg');
  await svg.code;
  t.match(svg.out.join(''), /^<svg /);
});

t.test('too many wrong hits are exit code 1', async (t) => {
  const { code, err } = run(await folder(t), 'eval', 'pairs.jsonl', '--guard', 'off', '--max-wrong', '50');
  t.equal(await code, 1);
  t.match(err.join(''), /expected at most 50 % .*; came 100\.00 %/);
});

t.test('what is used wrongly is said', async (t) => {
  const cwd = await folder(t);
  await writeFile(join(cwd, 'bad.jsonl'), '{}\n');
  const wrong: readonly (readonly [RegExp, readonly string[]])[] = [
    [/expected eval, purge or stats; came nothing/, []],
    [/expected 1 to 100 arguments/, ['eval']],
    [/none.jsonl: it cannot be read \(ENOENT\)/, ['eval', 'none.jsonl']],
    [/--guard: expected off, rules, strict; came some/, ['eval', 'pairs.jsonl', '--guard', 'some']],
    [/--floor: expected a number from 0 to 1; came 70/, ['eval', 'pairs.jsonl', '--floor', '70']],
    [/--format: expected table, json, svg; came csv/, ['eval', 'pairs.jsonl', '--format', 'csv']],
    [
      /--embedder: expected lexical, static or onnx; came openai/,
      ['eval', 'pairs.jsonl', '--embedder', 'openai'],
    ],
    [/--embedder static: expected --path/, ['eval', 'pairs.jsonl', '--embedder', 'static']],
  ];
  for (const [message, args] of wrong) {
    const error = await run(cwd, ...args).code.catch((caught: unknown) => caught);
    t.ok(error instanceof UsageError);
    t.match((error as Error).message, message);
  }
  await t.rejects(run(cwd, 'eval', 'bad.jsonl').code, { message: /line 1: expected \{"a": string/ });
});
