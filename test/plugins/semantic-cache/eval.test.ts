import t from 'tap';
import { createLexicalEmbedder } from '../../../core/embedders/lexical.ts';
import { evaluatePairs } from '../../../plugins/semantic-cache/eval/evaluate.ts';
import { type Pair, parsePairs } from '../../../plugins/semantic-cache/eval/pairs.ts';
import { reportOnPairs } from '../../../plugins/semantic-cache/eval/report.ts';

const pairs: readonly Pair[] = [
  { a: 'How do I reset my password?', b: 'How can I reset my password?', same: true, source: 'x:faq' },
  { a: 'What is the capital of France?', b: 'Where do cats sleep at night?', same: true, source: 'x:far' },
  { a: 'the 2023 annual report', b: 'the 2024 annual report', same: false, source: 'x:year' },
  { a: 'How do I prune old roses?', b: 'How do I prune old hydrangeas?', same: false, source: 'x:<b>"&' },
];
const text = pairs.map((pair) => JSON.stringify(pair)).join('\n');

t.test('each level is counted at each threshold, for all and by category', async (t) => {
  const steps: number[] = [];
  const evaluation = await evaluatePairs(pairs, createLexicalEmbedder(), {
    thresholds: [0.3],
    floor: 0.4,
    progress: (done) => steps.push(done),
  });
  const at = (category: string, level: string) =>
    evaluation.measured.find(
      (row) => row.category === category && row.level === level && row.threshold === 0.4,
    )!;
  t.strictSame([at('all', 'off').hits.count, at('all', 'off').wrong.count], [1, 2]);
  t.strictSame([at('all', 'rules').hits.count, at('all', 'rules').wrong.count], [1, 1]);
  t.strictSame([at('all', 'strict').hits.count, at('all', 'strict').wrong.count], [1, 0]);
  t.strictSame(at('all', 'strict').hits, {
    count: 1,
    total: 2,
    rate: 0.5,
    bound: at('all', 'strict').hits.bound,
  });
  t.ok(Math.abs(at('all', 'strict').wrong.bound! - (1 - Math.sqrt(0.05))) < 1e-9);
  t.strictSame(at('x:faq', 'strict').wrong, { count: 0, total: 0, rate: null, bound: null });
  t.strictSame(at('all', 'rules').kept, { ...at('all', 'rules').kept, count: 1, total: 1, rate: 1 });
  t.strictSame(evaluation.refusals, [
    { level: 'rules', rule: 'number', different: 1, same: 0 },
    { level: 'strict', rule: 'number', different: 1, same: 0 },
    { level: 'strict', rule: 'substitution', different: 1, same: 0 },
  ]);
  t.strictSame(steps, [4]);
});

t.test('the report is a table, JSON and a plot that any text leaves whole', async (t) => {
  const embedder = { ...createLexicalEmbedder(), identity: 'a<b>"&' };
  const { table, json, svg, wrongRate } = await reportOnPairs({
    pairs: text,
    embedder,
    level: 'rules',
    floor: 0.4,
  });
  t.equal(wrongRate, 0.5);
  t.match(table, /guard rules \(version \d+\), 4 pairs/);
  t.match(table, /x:year +- +0\.0% \(95\.0%\) 0\/1/);
  t.match(table, /rule +different +same\n-+ +-+ +-+\nnumber +1 +0\n/);
  t.equal((JSON.parse(json) as { pairs: number }).pairs, 4);
  t.match(svg, /^<svg /);
  t.match(svg, /a&lt;b&gt;&quot;&amp;/);
  t.equal(svg.match(/<polyline/g)?.length, 3);
});

t.test('lines that are no pairs are named together', async (t) => {
  t.throws(() => parsePairs('{"a":1,"b":"x","same":true}\n\nnonsense\n{"a":"x","b":"y","same":"yes"}\n[]'), {
    message:
      /^line 1: .*"a" or "b" is no text\nline 3: .*no JSON\nline 4: .*"same" is not true or false\nline 5: /,
  });
  t.throws(() => parsePairs('\n'), { message: /the file has none/ });
  t.equal(parsePairs('{"a":"x","b":"y","same":true}')[0]?.source, 'pairs');
});

t.test('an embedder that fails, or an abort, ends the evaluation', async (t) => {
  await t.rejects(
    evaluatePairs(pairs, createLexicalEmbedder(), { signal: AbortSignal.abort(new Error('stop')) }),
    {
      message: 'stop',
    },
  );
});
