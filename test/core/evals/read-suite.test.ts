import t from 'tap';
import { readSuite } from '../../../core/evals/read-suite.ts';
import { fillText } from '../../../core/evals/template.ts';
import { ProblemsError } from '../../../core/problem.ts';

t.test(
  "a suite of promptfoo's common fields moves over, and what was not understood is named with its line",
  async (t) => {
    const { suite, notUnderstood } = readSuite(
      `description: moved
prompts:
  - 'Translate {{text}} to {{language}}'
  - '[{"role": "system", "content": "Be brief"}, {"role": "user", "content": "{{text}}"}]'
  - file://prompt.txt
providers:
  - openai:gpt-4o-mini
  - id: anthropic:messages:claude-sonnet-4-6
    config: { temperature: 0 }
  - python:provider.py
  - support-fast
defaultTest:
  vars: { language: German }
  assert: [{ type: not-icontains, value: error }]
tests:
  - vars: { text: ['one "quoted"', two] }
    assert:
      - { type: llm-rubric, value: 'is {{language}}' }
      - { type: javascript, value: output.length }
      - { type: contains, value: '{{text}}', weight: 2 }
  - file://more.yaml
evaluateOptions: { repeat: 3, maxConcurrency: 2 }
scenarios: []
`,
      'suite.yaml',
    );
    t.strictSame(suite.models, ['openai/gpt-4o-mini', 'claude/claude-sonnet-4-6', 'support-fast']);
    t.equal(suite.repeat, 3);
    t.equal(suite.cases.length, 4, 'two prompts, two texts');
    t.strictSame(suite.cases[2]!.messages, [
      { role: 'system', content: 'Be brief' },
      { role: 'user', content: 'one "quoted"' },
    ]);
    t.match(suite.cases[0], {
      messages: [{ role: 'user', content: 'Translate one "quoted" to German' }],
      assertions: [
        { type: 'icontains', not: true },
        { type: 'llm-judge', value: 'is German' },
        { type: 'contains', value: 'one "quoted"', weight: 2 },
      ],
    });
    t.strictSame(
      notUnderstood.map(({ line, message }) => `${line} ${message.split(/[:;]/)[0]}`),
      [
        '5 a prompt is a text or a list of messages here',
        '9 providers[1].config',
        '10 providers[2]',
        '19 assertion "javascript" is not understood',
        '21 tests[1]',
        '23 scenarios',
      ],
    );
  },
);

t.test('who grades is read where promptfoo has it, and options that change answers are named', async (t) => {
  const { suite, notUnderstood } = readSuite(
    `prompts: ['{{q}}']
providers: [a]
defaultTest:
  options: { provider: 'openai:gpt-4o', transform: output.trim() }
tests:
  - vars: { q: one }
    assert:
      - { type: llm-rubric, value: fine }
      - { type: llm-rubric, value: fine, provider: { id: 'anthropic:messages:claude-haiku-4-5' } }
      - { type: contains-json, value: { type: object, required: [a] } }
  - vars: { q: two }
    options: { provider: support-fast, prefix: x }
    assert: [{ type: llm-rubric, value: fine }]
`,
    'suite.yaml',
  );
  t.equal(suite.judge, 'openai/gpt-4o');
  t.strictSame(
    suite.cases.map(({ assertions }) => assertions.map(({ type, judge }) => [type, judge])),
    [
      [
        ['llm-judge', 'openai/gpt-4o'],
        ['llm-judge', 'claude/claude-haiku-4-5'],
        ['contains-json', 'openai/gpt-4o'],
      ],
      [['llm-judge', 'support-fast']],
    ],
  );
  t.strictSame(
    notUnderstood.map(({ line, message }) => `${line} ${message.split(':')[0]}`),
    ['4 defaultTest.options.transform', '12 tests[1].options.prefix'],
  );
});

t.test('a template puts in values and nothing else', async (t) => {
  t.equal(
    fillText('{{a}} {{ b.c }} {{a}}', { a: '{{b.c}}', b: { c: 1 } }),
    '{{b.c}} 1 {{b.c}}',
    'values are no templates',
  );
  for (const bad of ['{{a | upper}}', '{{nobody}}', '{% if a %}', '{{a.b}}', '{{constructor}}']) {
    t.throws(() => fillText(bad, { a: 'x' }), bad);
  }
});

t.test('what is no suite is refused with its place', async (t) => {
  for (const text of [
    'a: 1',
    '[]',
    'tests: []',
    'tests: [{ vars: {} }]',
    'prompts: ["{{x}}"]\ntests: [{}]',
  ]) {
    t.throws(() => readSuite(text, 's.yaml'), ProblemsError, text);
  }
});
