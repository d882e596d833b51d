import t from 'tap';
import { policyDeclaration } from '../../core/policy/declaration.ts';
import { hookNames } from '../../core/policy/plan.ts';
import { ProblemsError } from '../../core/problem.ts';
import { testGateway } from '../../core/testing.ts';
import { page, rowsOf, section } from './pages.ts';

const reference = page('docs/reference/policy-language.md');
const declaration = policyDeclaration();
const exported = [...declaration.matchAll(/^ {2}export (?:function|const) (\w+)/gm)].map(([, name]) => name!);

/** The members of `up` and `resp`, whose predicates are documented one by one. */
function membersOf(name: string): string[] {
  const body = new RegExp(`export const ${name}: \\{([\\s\\S]*?)^ {2}\\};`, 'm').exec(declaration)![1]!;
  return [...body.matchAll(/^ {4}(\w+)/gm)].map(([, member]) => `${name}.${member}`);
}

/** The text of a table cell that is code. */
function code(cell: string): string {
  return /`(.*)`/.exec(cell)![1]!;
}

const config = `
providers: { openai: { kind: openai, region: eu }, mock: { kind: mock } }
models: { test: mock/gpt, mock: mock/gpt, cheap: mock/gpt, smart: mock/gpt-large, a: mock/a, b: mock/b }
`;

/** The errors of policies that each have one rule, by the name under which it was given. */
async function errorsOf(rules: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const names = Object.keys(rules);
  const policies = Object.fromEntries(
    names.map((name, index) => [
      `${String(index).padStart(3, '0')}.policy.ts`,
      `import { ${exported.join(', ')} } from 'sluice';\npolicy('p${index}', { kind: 'shape' }, ${rules[name]});\n`,
    ]),
  );
  try {
    await (await testGateway({ config, policies })).close();
    return {};
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    const errors = error.problems.filter(({ severity }) => severity === 'error');
    return Object.fromEntries(errors.map(({ file, message }) => [names[Number(file.slice(0, 3))]!, message]));
  }
}

t.test('the reference lists every word of the language, and no other', async (t) => {
  const declared = exported.flatMap((name) => (name === 'up' || name === 'resp' ? membersOf(name) : [name]));
  const documented = rowsOf(reference, 'name', 'function').map(([name]) => code(name!));
  t.strictSame(documented.toSorted(), declared.toSorted());
});

t.test('the reference names every option, comparison and fact', async (t) => {
  const numbers = /export interface Num[\s\S]*?^ {2}\}/m.exec(declaration)![0];
  const facts = /export interface Ctx[\s\S]*?^ {2}\}/m.exec(declaration)![0];
  const options = /export interface PolicyOptions[\s\S]*?^ {2}\}/m.exec(declaration)![0];
  const names = (text: string) =>
    [...text.matchAll(/(?:readonly )?\b([a-z]\w*)\??(?=[:(])/g)].map(([, name]) => name!);
  for (const [text, heading] of [
    [numbers, '## Numbers'],
    [facts, '## Facts for fn() and run()'],
    [options, '## Policies and rules'],
  ] as const) {
    const body = section(reference, heading);
    t.strictSame(
      [...new Set(names(text))].filter((name) => !new RegExp(`\\b${name}\\b`).test(body)),
      [],
      heading,
    );
  }
});

t.test(
  'every example of a predicate loads in the hooks that its section names, and only there',
  async (t) => {
    const sections = [
      ['## Predicates about the request (every hook)', hookNames],
      ['## Numbers', hookNames],
      [
        '## Predicates about the target (`beforeUpstream`, `afterResponse`)',
        ['beforeUpstream', 'afterResponse'],
      ],
      ['## Predicates about the answer (`afterResponse`)', ['afterResponse']],
    ] as const;
    const rules: Record<string, string> = {};
    const expected: Record<string, 'fits' | 'elsewhere' | 'plugin'> = {};
    for (const [heading, hooks] of sections) {
      for (const [name, meaning, example] of rowsOf(section(reference, heading), 'name')) {
        for (const hook of hookNames) {
          const key = `${code(name!)} in ${hook}`;
          rules[key] = `${hook}('x', ${code(example!)}, tag({ a: 'b' }))`;
          const fits = (hooks as readonly string[]).includes(hook);
          expected[key] = fits ? (meaning!.includes('**plugin**') ? 'plugin' : 'fits') : 'elsewhere';
        }
      }
    }
    const errors = await errorsOf(rules);
    const found = Object.fromEntries(Object.keys(rules).map((key) => [key, outcome(errors[key])]));
    t.strictSame(found, expected, '', { errors });
  },
);

t.test('every example of a verb loads in the hooks of its row, and only there', async (t) => {
  const rules: Record<string, string> = {};
  const expected: Record<string, 'fits' | 'elsewhere' | 'plugin'> = {};
  for (const [name, hooks, meaning, example] of rowsOf(section(reference, '## Verbs'), 'name')) {
    for (const hook of hookNames) {
      const key = `${code(name!)} in ${hook}`;
      rules[key] = `${hook}('x', true, ${code(example!)})`;
      const fits = hooks === 'all' || hooks!.includes(`\`${hook}\``);
      expected[key] = fits ? (meaning!.includes('**plugin**') ? 'plugin' : 'fits') : 'elsewhere';
    }
  }
  const errors = await errorsOf(rules);
  const found = Object.fromEntries(Object.keys(rules).map((key) => [key, outcome(errors[key])]));
  t.strictSame(found, expected, '', { errors });
});

t.test('the examples of rules and functions load', async (t) => {
  const rules: Record<string, string> = {};
  for (const [name, , example] of rowsOf(section(reference, '## Policies and rules'), 'name')) {
    if (code(name!) !== 'policy') rules[code(name!)] = code(example!);
  }
  for (const [name, , example] of rowsOf(reference, 'function')) {
    rules[code(name!)] = `onRequest('x', true, run((c) => { ${code(example!)}; return []; }))`;
  }
  t.equal(Object.keys(rules).length, 6);
  t.strictSame(await errorsOf(rules), {});
});

function outcome(error: string | undefined): 'fits' | 'elsewhere' | 'plugin' | string {
  if (error === undefined) return 'fits';
  if (/needs a plugin/.test(error)) return 'plugin';
  return /does nothing in|this hook does not have yet/.test(error) ? 'elsewhere' : error;
}
