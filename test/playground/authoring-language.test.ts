import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { LanguageAnswers } from '../../playground/src/language/messages.ts';
import { PolicyLanguage } from '../../playground/src/language/service.ts';

const folder = fileURLToPath(new URL('../../node_modules/@typescript/old/lib/', import.meta.url));
const libs = Object.fromEntries(
  readdirSync(folder)
    .filter(
      (name) =>
        /^lib\.(?:es5|es20(?:1[5-9]|2[0-3]).*|decorators.*)\.d\.ts$/.test(name) && !name.includes('.full'),
    )
    .map((name) => [name, readFileSync(folder + name, 'utf8')]),
);
const language = new PolicyLanguage(libs);
const file = '10-a.policy.ts';
const source = (rule: string) => `import { all, fn, policy, route, tier, use } from 'sluice';
export const a = policy('a', { kind: 'shape' }, ${rule});
`;
language.answer({
  type: 'sync',
  files: [{ name: file, text: source('') }],
  targets: ['mini', 'mock/gpt-large'],
});

const check = (text: string) => language.answer({ type: 'check', file, text }) as LanguageAnswers['check'];
const complete = (text: string, at: number) =>
  language.answer({ type: 'complete', file, text, at }) as LanguageAnswers['complete'];

t.test('a policy that is right has no problems', async (t) => {
  t.strictSame(
    check(source("route('r', all(tier('mini'), fn('f', (c) => c.request.tokensIn > 4)), use('mini'))")),
    [],
  );
});

t.test('a name that is not configured is a problem where it stands', async (t) => {
  const text = source("route('r', true, use('minni'))");
  const [problem] = check(text);
  t.match(problem, { severity: 'error', message: /"minni".*not assignable/s });
  t.equal(text.slice(problem!.from, problem!.to), "'minni'");
});

t.test('a verb in the wrong hook and an unknown tier are problems', async (t) => {
  t.match(check(source("route('r', tier('huge'), use('mini'))")), [{ message: /huge/ }]);
  t.ok(
    check("import { onRequest, use } from 'sluice';\nexport const r = onRequest('r', true, use('mini'));\n")
      .length > 0,
  );
});

t.test('names that are configured are offered inside of their quotes', async (t) => {
  const text = source("route('r', true, use('mi'))");
  const at = text.indexOf("'mi'") + 3;
  const found = complete(text, at);
  t.equal(found?.from, text.indexOf("'mi'") + 1);
  t.ok(['mini', 'mock/gpt-large'].every((name) => found?.words.some(({ label }) => label === name)));
});

t.test('verbs and facts are offered where they can stand', async (t) => {
  const text = source("route('r', fn('f', (c) => c.tenant. === ''), use('mini'))");
  const found = complete(text, text.indexOf('c.tenant.') + 9);
  t.match(found?.words.map(({ label }) => label).sort(), ['id', 'labels', 'plan', 'region']);
});

t.test('a word explains itself', async (t) => {
  const text = source("route('r', true, use('mini'))");
  const hover = language.answer({ type: 'hover', file, text, at: text.lastIndexOf('use') + 1 });
  t.match(hover, { text: /function use|use\(/ });
  t.equal(language.answer({ type: 'hover', file, text, at: text.length }), null);
});

t.test('nothing of a browser or of Node is there to be used', async (t) => {
  t.match(check(source("route('r', fn('f', () => document !== null), use('mini'))")), [
    { message: /document/ },
  ]);
  t.match(check(source("route('r', fn('f', () => process !== null), use('mini'))")), [
    { message: /process/ },
  ]);
  t.strictSame(
    check(source("route('r', fn('f', (c) => { console.log(c.now); return true; }), use('mini'))")),
    [],
  );
});

t.test('files that are no policies are left alone', async (t) => {
  t.strictSame(language.answer({ type: 'check', file: 'a.yaml', text: '{' }), []);
  t.equal(language.answer({ type: 'complete', file: 'a.yaml', text: '{', at: 1 }), null);
});
