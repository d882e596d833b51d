// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references look like this

import fc from 'fast-check';
import t from 'tap';
import { resolveReferences } from '../../../core/config/references.ts';
import { formatProblem } from '../../../core/problem.ts';
import { parseYaml } from '../../../core/yaml/document.ts';

const files: Record<string, string> = {
  '/etc/sluice/key': 'sk-file\n',
  '/run/secrets/a b': 'spaced\r\n',
  '/etc/sluice/empty': '\n',
};

async function readFile(path: string): Promise<string> {
  const text = files[path];
  if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  return text;
}

async function run(text: string, env: Record<string, string> = {}) {
  const document = parseYaml(text, 'gateway.yaml');
  const resolved = await resolveReferences(document.value!, {
    document,
    env,
    readFile,
    folder: '/etc/sluice',
  });
  return { ...resolved, problems: resolved.problems.map(formatProblem) };
}

t.test('variables and files are replaced anywhere in texts, several in one', async (t) => {
  const { value, problems } = await run(
    'a: ${X}\nb: [pre-${X}-${Y}, { c: "${file:key}" }]\nd: ${file:/run/secrets/a b}\ne: 5\nf: null',
    { X: 'one', Y: 'two' },
  );
  t.strictSame(problems, []);
  t.strictSame(value, { a: 'one', b: ['pre-one-two', { c: 'sk-file' }], d: 'spaced', e: 5, f: null });
});

t.test('a doubled dollar keeps the braces, and what a variable holds is not read again', async (t) => {
  const { value, isReference } = await run('a: $${X}\nb: ${X}', { X: '${Y} $${Z}' });
  t.strictSame(value, { a: '${X}', b: '${Y} $${Z}' });
  t.equal(isReference(['a']), false);
  t.equal(isReference(['b']), true);
});

t.test('every missing, empty and malformed reference is named with its line', async (t) => {
  const { problems, value } = await run(
    [
      'a: ${OPENAI_APIKEY}',
      'b:',
      '  - x ${EMPTY} ${NOWHERE_AT_ALL}',
      '  - ${file:missing}',
      '  - ${file:empty}',
      'c: ${X:-fallback}',
      'd: "${OPEN"',
    ].join('\n'),
    { OPENAI_API_KEY: 'sk', EMPTY: '' },
  );
  t.strictSame(problems, [
    'gateway.yaml:1:4: error: a: environment variable OPENAI_APIKEY is not set; did you mean OPENAI_API_KEY?',
    'gateway.yaml:3:5: error: b[0]: environment variable EMPTY is empty; set it',
    'gateway.yaml:3:5: error: b[0]: environment variable NOWHERE_AT_ALL is not set; set it',
    'gateway.yaml:4:5: error: b[1]: file missing does not exist',
    'gateway.yaml:5:5: error: b[2]: file empty is empty',
    'gateway.yaml:6:4: error: c: "${X:-fallback}" is not understood; expected ${NAME}, ${file:PATH} or ${vault:PATH#FIELD}',
    'gateway.yaml:7:4: error: d: "${OPEN" has no closing brace; expected ${NAME}, ${file:PATH} or ${vault:PATH#FIELD}',
  ]);
  t.match(value, { a: '${OPENAI_APIKEY}' });
});

t.test('members of every object are not variables', async (t) => {
  const { problems } = await run('a: ${constructor}\nb: ${toString}');
  t.equal(problems.length, 2);
});

t.test('what was written can be shown in place of what it stands for', async (t) => {
  const { written } = await run('a: { b: "Bearer ${X}" }\nc: x', { X: 'sk-secret' });
  t.equal(written(['a', 'b']), 'Bearer ${X}');
  t.equal(written(['c']), undefined);
});

t.test(
  'texts without references pass unchanged, and escaped ones lose only the doubled dollar',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        const escaped = text.replaceAll('${', () => '$${');
        const options = { document: parseYaml('', 'f'), env: {}, readFile, folder: '/' };
        const { value, problems } = await resolveReferences([escaped], options);
        // A "$" right before "${" would itself double the dollar.
        if (text.includes('$${')) return true;
        t.strictSame(value, [text]);
        return problems.length === 0;
      }),
    );
  },
);
