// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references look like this

import fc from 'fast-check';
import t from 'tap';
import { formatProblem } from '../../../core/problem.ts';
import { parseYaml } from '../../../core/yaml/document.ts';
import type { Path } from '../../../core/yaml/place.ts';
import type { Json } from '../../../sdk/json.ts';

const read = (text: string) => {
  const document = parseYaml(text, 'f.yaml');
  return { value: document.value, problems: document.problems.map(formatProblem), document };
};

t.test('grouped numbers are numbers, and texts that look like them stay texts', (t) => {
  const { value, problems } = read(
    'a: 2_000_000\nb: -1_000.5\nc: "2_000"\nd: 1_2\ne: gpt_4\nf: 0x10\ng: 1_000_00',
  );
  t.strictSame(problems, []);
  t.strictSame(value, { a: 2_000_000, b: -1000.5, c: '2_000', d: '1_2', e: 'gpt_4', f: 16, g: '1_000_00' });
  t.end();
});

t.test('unquoted references work inside braces and brackets as people write them', (t) => {
  const { value, problems, document } = read(
    'p: { k: ${A}, l: [${B}, "${C}"], f: ${file:/run/a, b #1}, e: $${X} }\nq: pre-${D}-post # ${E}\n',
  );
  t.strictSame(problems, []);
  t.strictSame(value, {
    p: { k: '${A}', l: ['${B}', '${C}'], f: '${file:/run/a, b #1}', e: '$${X}' },
    q: 'pre-${D}-post',
  });
  t.strictSame(document.position(['p', 'l', 1]), { line: 1, column: 25 });
  t.end();
});

t.test('stand-ins for references never collide with characters of the text', (t) => {
  const { value } = read('a: "\ue000\ue001 ${X}"\nb: { c: ${Y}, d: \ue008 }');
  t.strictSame(value, { a: '\ue000\ue001 ${X}', b: { c: '${Y}', d: '\ue008' } });
  t.end();
});

t.test('all syntax errors are reported, one for each line that is wrong', (t) => {
  const { value, problems } = read('a: [1,2\nb: 3\nc: "x\n');
  t.equal(value, undefined);
  t.strictSame(problems, [
    'f.yaml:2:1: error: not YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
    'f.yaml:4:1: error: not YAML: missing closing "quote',
  ]);
  t.strictSame(read('a:\n\t- b').problems, ['f.yaml:2:1: error: tabs do not indent YAML; use spaces']);
  t.strictSame(read('a: 1\n---\nb: 2').problems, [
    'f.yaml:2:1: error: expected one document in a file; came a second one after "---"',
  ]);
  t.end();
});

t.test(
  'every duplicate key is reported with its first line, and the rest of the file still has values',
  (t) => {
    const { value, problems } = read('a: 1\nb: { c: 1, c: 2 }\na: 2\n"1": x\n1: y');
    t.strictSame(
      problems,
      [
        'f.yaml:3:1: error: duplicate key "a"; it is first on line 1',
        'f.yaml:2:12: error: duplicate key "c"; it is first on line 2',
        'f.yaml:5:1: error: duplicate key "1"; it is first on line 4',
      ].sort(),
    );
    t.strictSame(value, { a: 1, b: { c: 1 }, 1: 'x' });
    t.end();
  },
);

t.test('what JSON cannot hold is refused', (t) => {
  t.strictSame(read('a: .inf').problems, [
    'f.yaml:1:4: error: the number .inf cannot be kept exactly; expected a finite number',
  ]);
  t.strictSame(read('account: 12345678901234567890').problems, [
    'f.yaml:1:10: error: the number 12345678901234567890 cannot be kept exactly; if it is a name, put it in quotes',
  ]);
  t.strictSame(read('a: !foo 1').problems, ['f.yaml:1:4: error: unknown tag !foo; write a plain value']);
  t.strictSame(read('__proto__: { x: 1 }').problems, [
    'f.yaml:1:1: error: expected a plain word as key; came __proto__',
  ]);
  t.strictSame(read('? [a]\n: b').problems, [
    'f.yaml:1:3: error: expected a plain word as key; came something else',
  ]);
  t.strictSame(read('a: *nowhere').problems.length, 1);
  t.end();
});

t.test('dates, yes and no stay texts, whatever version the file claims', (t) => {
  t.strictSame(read('%YAML 1.1\n---\na: 2024-01-01\nb: yes').value, { a: '2024-01-01', b: 'yes' });
  t.end();
});

t.test('aliases work, and cannot be made to fill the memory', (t) => {
  t.strictSame(read('a: &x [1]\nb: *x').value, { a: [1], b: [1] });
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
  for (let level = 1; level < 9; level++) {
    const name = String.fromCharCode(97 + level);
    const before = `*${String.fromCharCode(96 + level)}`;
    bomb.push(`${name}: &${name} [${Array(10).fill(before).join(',')}]`);
  }
  t.match(read(bomb.join('\n')).problems, [/too large: expected at most 100000 values and 64 levels/]);
  t.match(read('a: &a [*a]').problems, [/too large/]);
  t.match(read('['.repeat(5000)).problems, [/error: nested too deeply; expected at most 64 levels/]);
  t.equal(read('['.repeat(5000)).problems.length, 1);
  t.end();
});

t.test('an empty file is null without problems', (t) => {
  for (const text of ['', '\n', '# only a comment\n', '\ufeff']) {
    t.strictSame(read(text).value, null);
    t.strictSame(read(text).problems, []);
  }
  t.end();
});

t.test('a path that the file does not have is placed at its nearest parent', (t) => {
  const { document } = read('server:\n  port: 1\n  tls:\n    cert: x\n');
  t.strictSame(document.position(['server', 'port']), { line: 2, column: 9 });
  t.strictSame(document.position(['server', 'port'], 'key'), { line: 2, column: 3 });
  t.strictSame(document.position(['server', 'tls', 'key']), { line: 4, column: 5 });
  t.strictSame(document.position(['nowhere', 0]), { line: 1, column: 1 });
  t.end();
});

t.test('any JSON reads back as it was, and each of its values is found at its own text', (t) => {
  const key = fc.stringMatching(/^[a-zA-Z][\w-]{0,8}$/);
  const { json } = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.string({ maxLength: 12 }),
      fc.constant('${NAME} $${x} ${file:/a,b}'),
      fc.array(tie('json'), { maxLength: 4 }),
      fc.dictionary(key, tie('json'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(json, (value) => {
      const text = JSON.stringify(value, null, 2);
      const document = parseYaml(text, 'f');
      t.strictSame(document.problems, []);
      t.strictSame(document.value, JSON.parse(text));
      const lines = text.split('\n');
      const visit = (node: Json, path: Path): void => {
        const { line, column } = document.position(path);
        const first = JSON.stringify(node)[0];
        t.equal(lines[line - 1]?.[column - 1], first);
        if (Array.isArray(node)) for (const [index, item] of node.entries()) visit(item, [...path, index]);
        else if (typeof node === 'object' && node !== null) {
          for (const [name, item] of Object.entries(node)) visit(item as Json, [...path, name]);
        }
      };
      visit(value, []);
    }),
    { numRuns: 60 },
  );
  t.end();
});

t.test('no text makes the parser throw', (t) => {
  const piece = fc.constantFrom(
    'a',
    ':',
    ' ',
    '\n',
    '{',
    '}',
    '[',
    ']',
    '- ',
    '${',
    '}',
    '&x',
    '*x',
    '"',
    "'",
    '|',
    '#',
    '!',
    '\t',
    ',',
    '?',
    '%',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const document = parseYaml(pieces.join(''), 'f');
      for (const { line, column } of document.problems) if (line < 1 || column < 1) return false;
      return document.value !== undefined || document.problems.length > 0;
    }),
    { numRuns: 500 },
  );
  t.end();
});
