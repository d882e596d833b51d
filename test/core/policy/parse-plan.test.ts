import fc from 'fast-check';
import t from 'tap';
import { parseActs } from '../../../core/policy/parse-acts.ts';
import { parsePlan, policyNameOf } from '../../../core/policy/parse-plan.ts';
import { hookNames } from '../../../core/policy/plan.ts';
import { PlanError } from '../../../core/policy/reader.ts';
import type { Json } from '../../../sdk/json.ts';
import { compiled, everything, imports, problemsOf } from './_policy.ts';

const rule = (more: object = {}) => ({
  rule: 0,
  hook: 'onRequest',
  id: 'r',
  line: 3,
  column: 5,
  when: true,
  acts: [{ $a: 'tag', args: [{ a: 'b' }] }],
  ...more,
});
const planOf = (...rules: object[]): Json =>
  ({
    policies: [{ policy: 'p', line: 2, options: { kind: 'guard' }, rules }],
    hooks: [],
    exports: [],
  }) as unknown as Json;
const problems = (plan: Json) => parsePlan(plan, { file: 'a.policy.ts' }).problems;

t.test('a plan becomes policies with every default filled in', async (t) => {
  const { policies } = parsePlan(planOf(rule()), { file: 'a.policy.ts' });
  t.same(policies, [
    {
      id: 'p',
      file: 'a.policy.ts',
      line: 2,
      kind: 'guard',
      mode: 'enforce',
      onError: 'closed',
      match: null,
      owner: null,
      limits: {},
      rules: [
        {
          id: 'r',
          hook: 'onRequest',
          line: 3,
          column: 5,
          when: null,
          acts: [{ a: 'tag', tags: { a: 'b' } }],
        },
      ],
    },
  ]);
});

t.test('every problem of a plan is told, each at its rule', async (t) => {
  const found = problems(
    planOf(
      rule({ id: '' }),
      rule({ rule: 1, line: 7, column: 2, when: { $p: 'teir', args: [] } }),
      rule({ rule: 2, line: 9, acts: [] }),
    ),
  );
  t.match(found, [
    { line: 3, column: 5, message: /rule id: expected a name/ },
    { line: 7, column: 2, message: /rule "r": unknown predicate "teir". Did you mean "tier"/ },
    { line: 9, message: /verbs: expected a list of 1/ },
  ]);
});

t.test('a plan that was made up is refused', async (t) => {
  const deep = (depth: number): Json =>
    depth === 0 ? { $p: 'has', args: ['tools'] } : { $p: 'not', args: [deep(depth - 1)] };
  t.match(problems(planOf(rule({ when: deep(40) }))), [{ message: /nested deeper/ }]);
  t.match(problems(planOf(rule({ when: { $p: 'constructor', args: [] } }))), [
    { message: /unknown predicate/ },
  ]);
  t.match(problems(planOf(rule({ acts: [{ $a: '__proto__', args: [] }] }))), [{ message: /unknown verb/ }]);
  t.match(problems(planOf(rule({ acts: [{ $a: 'run', args: [-1] }] }))), [
    { message: /run\(\): expected a whole number/ },
  ]);
  t.match(problems(planOf(rule({ extra: 1 }))), [{ message: /unknown key "extra"/ }]);
  t.match(problems(planOf(rule({ hook: 'settled' }))), [{ message: /expected one of onRequest/ }]);
  t.match(problems(planOf(rule(), rule({ rule: 1 }))), [{ message: /a second rule named "r"/ }]);
  t.match(problems(planOf()), [{ message: /expected at least one rule/ }]);
  t.match(problems(null), [{ message: /expected an object/ }]);
  const wide = {
    $p: 'any',
    args: Array.from({ length: 200 }, () => ({
      $p: 'any',
      args: Array.from({ length: 200 }, () => ({ $p: 'has', args: ['tools'] })),
    })),
  };
  t.match(problems(planOf(rule({ when: wide }))), [{ message: /too many predicates/ }]);
});

t.test('names, options and limits of a policy are checked', async (t) => {
  const policy = (more: object): Json =>
    ({
      policies: [{ policy: 'p', line: 2, options: { kind: 'guard' }, rules: [rule()], ...more }],
    }) as unknown as Json;
  t.match(problems(policy({ policy: 'a b' })), [{ line: 2, message: /policy\(\) id: expected a name/ }]);
  t.match(problems(policy({ options: { kind: 'gaurd' } })), [
    { message: /kind: expected one of guard, shape, got "gaurd". Did you mean "guard"/ },
  ]);
  t.match(problems(policy({ options: { kind: 'guard', mod: 'off' } })), [
    { message: /unknown key "mod"; .* Did you mean "mode"/ },
  ]);
  t.match(problems(policy({ options: { kind: 'guard', limits: { ms: 9999 } } })), [
    { message: /limits.ms: expected a number from 1 to 200/ },
  ]);
  t.match(problems(policy({ options: { kind: 'guard', match: { $p: 'up.tier', args: ['mini'] } } })), [
    { message: /up.tier\(\) reads facts/ },
  ]);
});

t.test('a rule that is in no policy is noticed', async (t) => {
  const text = `${imports}const a = onRequest('a', true, tag({ a: 'b' }));\nonRequest('lost', true, tag({ a: 'b' }));\npolicy('p', { kind: 'shape' }, a);`;
  t.equal(
    await problemsOf(text),
    'test.policy.ts:3:1: error: the rule "lost" is in no policy; pass it to policy(), or remove it',
  );
});

t.test('a file without a policy is an error', async (t) => {
  t.match(
    await problemsOf('export const a = 1;'),
    /expected a policy\(…\) or an exported hook such as onRequest; the file has neither/,
  );
});

t.test('an exported function that is no hook is an error at its line, naming the nearest hook', async (t) => {
  t.equal(
    await problemsOf('const a = 1;\nexport function onRequests() { return a; }'),
    'test.policy.ts:2:1: error: the exported function onRequests is no hook; expected one of onRequest, route, beforeUpstream, afterResponse. Did you mean "onRequest"?',
  );
});

t.test('two policies of one name in a file are an error', async (t) => {
  const two = "policy('p', { kind: 'shape' }, onRequest('r', true, tag({ a: 'b' })));\n";
  t.match(await problemsOf(imports + two + two), /:3:.*a second policy named "p"/);
});

t.test('a policy is named after its file where it has no name of its own', async (t) => {
  t.equal(policyNameOf('40-cheap-by-default.policy.ts'), 'cheap-by-default');
  t.equal(policyNameOf('sub/deny.policy.js'), 'deny');
  t.equal(policyNameOf('1-ä.policy.ts'), '-');
});

t.test('line numbers are those of the rules', async (t) => {
  const { policies } = await compiled(
    `\n\nexport const p = policy(\n  'p',\n  { kind: 'shape' },\n  onRequest('a', true, tag({ a: 'b' })),\n  route('b', true, use('mini')),\n);`,
  );
  t.same(
    policies[0]!.rules.map(({ line, column }) => [line, column]),
    [
      [7, 3],
      [8, 3],
    ],
  );
  t.equal(policies[0]!.line, 4);
});

const names = [
  'policies',
  'policy',
  'rules',
  'rule',
  'hooks',
  'exports',
  'options',
  'kind',
  'hook',
  'id',
  'when',
  'acts',
  'args',
  '$p',
  '$a',
  'need',
  'line',
  '__proto__',
  'constructor',
  'toString',
  'name',
  'fn',
];
const words = [
  'guard',
  'shape',
  'onRequest',
  'route',
  'all',
  'any',
  'not',
  'fn',
  'tier',
  'mini',
  'content',
  'deny',
  'use',
  'split',
  'run',
  'hours',
  '\u0000',
  '__proto__',
];
const hostile: fc.Arbitrary<Json> = fc.letrec<{ any: Json }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom<Json[]>(...words, true, false, null, 0, -1, 403, 1e308),
    fc.array(tie('any'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.constantFrom(...names), tie('any')), { maxLength: 5 })
      .map(
        (pairs) =>
          JSON.parse(
            `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`,
          ) as Json,
      ),
  ),
})).any;

t.test('no JSON at all makes the parser throw or touches a prototype', async (t) => {
  fc.assert(
    fc.property(hostile, hostile, hostile, (any, when, acts) => {
      for (const plan of [
        any,
        planOf(rule({ when, acts })),
        planOf(any as object),
        { policies: any, hooks: any } as unknown as Json,
      ]) {
        const parsed = parsePlan(plan, { file: 'a.policy.ts' });
        if (parsed.problems.length === 0 && parsed.policies.length === 0) return false;
        if (parsed.problems.length > 0 && parsed.policies.length > 0) return false;
      }
      return true;
    }),
    { numRuns: 500 },
  );
  t.equal(({} as { isAdmin?: unknown }).isAdmin, undefined);
});

t.test('no JSON at all makes the parser of run-time results throw anything but its own error', async () => {
  fc.assert(
    fc.property(hostile, fc.constantFrom(...hookNames), (value, hook) => {
      try {
        return Array.isArray(parseActs(value, hook, everything));
      } catch (error) {
        return error instanceof PlanError;
      }
    }),
    { numRuns: 500 },
  );
});
