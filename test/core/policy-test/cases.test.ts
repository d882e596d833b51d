import fc from 'fast-check';
import t from 'tap';
import { readCases } from '../../../core/policy-test/cases.ts';

const read = (text: string) => readCases(text, 'a.policy.test.yaml');

t.test('a document is one case, a list of cases, or a table of them; a file may have several', async (t) => {
  const { cases, problems } = read(`name: alone
expect: { status: 200 }
---
- { name: first, expect: { status: 200 } }
- { name: second, expect: { status: 200 } }
--- # a table
given: { tenant: { plan: free, region: eu }, request: { tools: [a, b] } }
cases:
  - name: third
    given: { tenant: { plan: pro }, request: { tools: [c] } }
    expect: { status: 200 }
`);
  t.strictSame(problems, []);
  t.strictSame(
    cases.map(({ name, place }) => [name, place.line]),
    [
      ['alone', 1],
      ['first', 4],
      ['second', 5],
      ['third', 9],
    ],
  );
  t.strictSame(cases[3]!.given, { tenant: { plan: 'pro', region: 'eu' }, request: { tools: ['c'] } });
});

t.test('an unknown key is refused with its line and the nearest known one', async (t) => {
  const { problems } = read(`cases:
  - name: a
    given: { tennant: { plan: free } }
    expect: { not_rule: [a/b] }
  - name: b
    given:
      request: { lastuser: hi }
      upstream: [{ fail: timeuot }]
    expect: { deny: { stauts: 403 } }
`);
  t.match(
    problems.map(({ file, line, severity, message }) => ({ file, line, severity, message })),
    [
      { file: 'a.policy.test.yaml', line: 3, severity: 'error', message: /tennant.*"tenant"/ },
      { line: 4, message: /not_rule.*"not_rules"/ },
      { line: 7, message: /lastuser.*"lastUser"/ },
      { line: 8, message: /timeuot.*"timeout"/ },
      { line: 9, message: /stauts.*"status"/ },
    ],
  );
});

t.test('a case without a name, or that expects nothing, is refused', async (t) => {
  t.match(read('expect: { status: 200 }').problems, [{ line: 1, message: /name/ }]);
  t.match(read('name: a').problems, [{ line: 1, message: /expect/ }]);
  t.equal(read('{ name: a, expect: {} }').problems.length, 1);
  t.match(read('cases: []').problems, [{ line: 1 }]);
});

t.test('two cases of a file have two names', async (t) => {
  const { problems } = read('- { name: a, expect: { status: 200 } }\n- { name: a, expect: { status: 200 } }');
  t.match(problems, [{ line: 2, message: 'a second case named "a"; the first is on line 1' }]);
});

t.test('a scripted reply is one thing', async (t) => {
  const { problems } = read(`name: a
given:
  upstream:
    - { text: ok, fail: timeout }
    - { finish: length }
    - { status: 500, json: {} }
expect: { status: 200 }
`);
  t.match(problems, [
    { line: 4, message: /one of text, chunks, tool, fail or status.*came text and fail/ },
    { line: 5, message: /came none of them/ },
  ]);
});

t.test('what is no YAML is a problem, and an empty file has no cases', async (t) => {
  t.match(read('name: [').problems, [{ severity: 'error' }]);
  t.strictSame(read('# nothing yet\n'), { cases: [], problems: [] });
});

t.test('a case is skipped with its reason', async (t) => {
  const { cases } = read(`- { name: a, skip: waits for budgets, expect: { status: 200 } }
- { name: b, skip: true, expect: { status: 200 } }
- { name: c, skip: false, expect: { status: 200 } }
`);
  t.strictSame(
    cases.map(({ skip }) => skip),
    ['waits for budgets', 'skip: true', null],
  );
});

t.test('whatever a file holds, reading it never throws', async (t) => {
  const line = fc.constantFrom(
    '---',
    '- name: a',
    'name: a',
    '  expect: { status: 200 }',
    'cases:',
    'given: {',
    '}',
    '\t',
    '# x',
    '...',
    '&a *a',
    '"',
  );
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n')),
          fc.string(),
        ),
        (text) => {
          const { cases, problems } = read(text);
          return Array.isArray(cases) && Array.isArray(problems);
        },
      ),
    ),
  );
});

t.test('the line of a case stays right whatever documents stand before it', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('# note', '', '- { name: NAME, expect: { status: 200 } }'), {
          maxLength: 8,
        }),
        (before) => {
          const documents = before
            .map((text, i) => text.replace('NAME', `n${i}`))
            .flatMap((text) => [text, '---']);
          const { cases } = read([...documents, 'name: last', 'expect: { status: 200 }'].join('\n'));
          return cases.at(-1)?.place.line === documents.length + 1;
        },
      ),
    ),
  );
});
