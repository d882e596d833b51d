import t from 'tap';
import { compileMatch } from '../../../core/program/match.ts';
import { context } from './fixtures.ts';

async function matches(expression: string, ctx = context()): Promise<boolean> {
  const result = compileMatch(expression);
  if (!result.ok) throw new Error(result.faults.map(({ message }) => message).join('; '));
  return await result.match(ctx);
}

function faults(expression: string): string[] {
  const result = compileMatch(expression);
  return result.ok ? [] : result.faults.map(({ message, position }) => `${position}: ${message}`);
}

t.test('an expression reads the facts of the request', async (t) => {
  for (const [expression, expected] of [
    ['tenant.id = "acme"', true],
    ['tenant.plan = "enterprise"', false],
    ['stream and api = "chat"', true],
    ['model in ["gpt-4", "gpt-5"]', true],
    ['$contains(model, /^gpt-\\d$/)', true],
    ['headers."x-a" ~> $contains(/B+/i)', true],
    ['tags.lane = "hard" and $not(tags.other = "x")', true],
    ['key.id != "none"', false],
    ['tenant[plan = "free"].id = "acme"', true],
    ['$count($match(model, /[a-z]/)) = 3', true],
    ['$exists(user)', false],
    ['$lowercase(user) = "me"', false],
    ['user', false],
    ['model', true],
    ['tags', true],
    ['headers.nope', false],
    ['[]', false],
  ] as const) {
    t.equal(await matches(expression, context({ headers: { 'x-a': 'abba' } })), expected, expression);
  }
});

t.test('a mistake is found when the expression is compiled, with its character', (t) => {
  t.strictSame(faults('tenant.id = '), ['12: Unexpected end of expression']);
  t.strictSame(faults('tenat.id = "x"'), ['5: unknown fact "tenat"; did you mean "tenant"?']);
  t.match(faults('plan = "free"'), [/^4: unknown fact "plan"; known are: tenant, key, user/]);
  t.strictSame(faults('tenant = "acme"'), [
    '6: "tenant" has facts of its own, so "=" never holds; compare one of them: tenant.id',
  ]);
  t.strictSame(faults('"x" in headers'), [
    '14: "headers" has facts of its own, so "in" never holds; compare one of them: headers."name"',
  ]);
  t.match(faults('$contains(model, /(?=a)b/)'), [/cannot run in linear time/]);
  t.equal(faults('(tenat.id = "x" and modle = "y") ? api = "z" : $not(steam)').length, 3);
  t.end();
});

t.test('what could run on, grow, or answer differently to the same facts is refused', (t) => {
  for (const expression of [
    '($f := function($x){ $f($x) }; $f(1))',
    '$sum([1..10000000]) > 1',
    '$eval(headers.x)',
    '$pad(model, 1000000000) = "x"',
    '$random() < 0.5',
    '$millis() > 5',
    '$now() = "x"',
    'tenant ~> |$|{"id": "x"}|',
  ]) {
    t.not(faults(expression).length, 0, expression);
  }
  t.end();
});

t.test('a header cannot keep a pattern busy', async (t) => {
  const ctx = context({ headers: { 'x-a': `${'a'.repeat(50_000)}!` } });
  t.equal(await matches('headers."x-a" ~> $contains(/^(a+)+$/)', ctx), false);
});

t.test('a failing expression rejects, so that on_failure decides', async (t) => {
  await t.rejects(matches('$uppercase(stream) = "X"'), /^match: /);
  await t.rejects(matches('$nothing(model)'), /^match: /);
});

t.test('evaluations at the same time do not disturb each other, and facts are not changed', async (t) => {
  const result = compileMatch('$contains(model, /a/) and tenant.id = "t"');
  if (!result.ok) throw new Error('does not compile');
  const inputs = Array.from({ length: 200 }, (_, index) => {
    const ctx = context({ model: index % 2 ? 'bab' : 'bbb', tenant: index % 3 ? 't' : 'u' });
    Object.freeze(ctx.tags);
    return ctx;
  });
  const answers = await Promise.all(inputs.map((ctx) => result.match(ctx)));
  t.strictSame(
    answers,
    inputs.map((_, index) => index % 2 === 1 && index % 3 !== 0),
  );
});
