import t from 'tap';
import { FilterEngine } from '../../../plugins/jsonata-filter/engine.ts';
import { readFilters } from '../../../plugins/jsonata-filter/filters.ts';
import { FilterThreads } from '../../../plugins/jsonata-filter/threads.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { limits } from './harness.ts';

const input = { text: 'It costs $30, or $40.', tenant: { plan: 'free' } };

async function evaluate(expression: string, own: Partial<typeof limits> = {}): Promise<unknown> {
  const engine = new FilterEngine([expression], { ...limits, ...own }, () => performance.now());
  return engine.evaluate(0, input);
}

t.test('expressions give what JSONata gives', async (t) => {
  t.strictSame(await evaluate('$replace(text, /\\$\\d+/, "$—")'), { value: 'It costs $—, or $—.' });
  t.strictSame(await evaluate('tenant.plan = "free" ? { "block": "no" }'), { value: { block: 'no' } });
  t.strictSame(await evaluate('nowhere'), { none: true });
  t.strictSame(await evaluate('$pad(text, 25, "#")'), { value: `${input.text}####` });
  t.strictSame(await evaluate('function($x) { $x }'), { none: true }, 'a function is nothing');
});

const hostile = {
  'loops in itself': '($f := function($x) { $f($x) }; $f(1))',
  'loops in loops': '$map([1..90000], function($i) { $map([1..90000], function($j) { $i * $j }) })',
  'doubles a text': '$reduce([1..90000], function($a, $b) { $a & $a }, "x")',
  'keeps many texts': '$map([1..90000], function($i) { $pad("abc", 10000) & $i })',
  'pads without end': '$length($pad("x", 400000000) & "y")',
  'a range without end': '[1..10000000]',
  'a pattern that backtracks': '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", /(a+)+$/)',
  'sorts for long': '$sort([1..90000], function($a, $b) { $a < $b })',
  'a large result': '$join($map([1..90000], function($i) { "xxxxxxxx" }))',
};
for (const [name, expression] of Object.entries(hostile)) {
  t.test(`an expression ends at its bound: ${name}`, async (t) => {
    const engine = new FilterEngine([expression, 'text'], { ...limits, timeMs: 150 }, () =>
      performance.now(),
    );
    const result = await engine.evaluate(0, input);
    t.match(result, { fault: /^(it|its|JSONata) / });
    t.strictSame(await engine.evaluate(1, input), { value: input.text }, 'the next one is well');
  });
}

t.test('steps have an end of their own', async (t) => {
  t.strictSame(await evaluate('$sum($map([1..90000], function($i) { $i }))', { maxSteps: 100_000 }), {
    fault: 'it took more than 100000 steps',
  });
});

t.test('a fault says nothing of the text', async (t) => {
  for (const expression of ['$error(text)', '$number(text)', 'text + 1', '$assert(false, text)']) {
    const result = await evaluate(expression);
    t.match(result, { fault: /^JSONata says [A-Z]\d{4}/ });
    t.notMatch(JSON.stringify(result), /costs/);
  }
});

t.test('what does not compile is said with its place', async (t) => {
  const of = (expression: string) => () =>
    readFilters({ filters: [{ name: 'a', expression, on: 'answer' }] });
  t.throws(of('text ='), /^filters\[0\]\.expression: .*\(character \d+\)$/);
  t.throws(of('$base64encode(text)'), /there is no \$base64encode here/);
  const twice = { name: 'a', expression: 'text', on: 'answer' as const };
  t.throws(() => readFilters({ filters: [twice, twice] }), /the name a is taken/);
});

t.test('threads evaluate, and end with what they do', async (t) => {
  const clock = new FakeClock();
  const setup = {
    expressions: ['text', '($f := function($x) { $f($x) }; $f(1))'],
    limits: { ...limits, timeMs: 100 },
  };
  const threads = new FilterThreads(setup, 1, clock);
  t.teardown(() => threads.close());
  const inputs = [{ text: 'a' }, { text: 'b' }];
  const [texts, loop, after] = await Promise.all([
    threads.run({ expression: 0, facts: {}, inputs }),
    threads.run({ expression: 1, facts: {}, inputs }),
    threads.run({ expression: 0, facts: {}, inputs: [{ text: 'c' }] }),
  ]);
  t.strictSame(texts, [{ value: 'a' }, { value: 'b' }]);
  t.strictSame(loop, { fault: 'it took longer than 100 ms' });
  t.strictSame(after, [{ value: 'c' }]);
});

t.test('a thread that does not answer is ended, and the next job gets another', async (t) => {
  const clock = new FakeClock();
  // The engine's own limit is far away: only the watchdog is left.
  const setup = {
    expressions: ['text', '($f := function($x) { $f($x) }; $f(1))'],
    limits: { ...limits, timeMs: 4000, maxSteps: 1e12 },
  };
  const threads = new FilterThreads(setup, 1, clock);
  t.teardown(() => threads.close());
  await threads.run({ expression: 0, facts: {}, inputs: [{ text: 'a' }] });
  const stuck = threads.run({ expression: 1, facts: {}, inputs: [{}] });
  const next = threads.run({ expression: 0, facts: {}, inputs: [{ text: 'b' }] });
  await clock.advance(7_000);
  t.strictSame(await stuck, { fault: 'its thread did not answer within 7000 ms' });
  t.strictSame(await next, [{ value: 'b' }]);
});
