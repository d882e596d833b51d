import t from 'tap';
import { formatProblem } from '../../../core/problem.ts';
import { parseYaml } from '../../../core/yaml/document.ts';
import { compileValidator, type ValidateOptions } from '../../../core/yaml/validate.ts';
import type { JsonSchema } from '../../../sdk/plugin.ts';

function check(schema: JsonSchema, text: string, options: Partial<ValidateOptions> = {}) {
  const document = parseYaml(text, 'f.yaml');
  const { value, problems } = compileValidator(schema)(document.value!, { document, ...options });
  return { value, problems: problems.map(formatProblem) };
}

const limits = {
  type: 'object',
  required: ['plugin'],
  properties: {
    plugin: { type: 'string' },
    timeout_ms: { type: 'integer', minimum: 1 },
    mode: { enum: ['enforce', 'shadow', 'off'], default: 'enforce' },
    ttl: { type: 'string', format: 'duration', default: '24h' },
    max_bytes: { type: 'string', format: 'size' },
    budget: { type: ['string', 'number'], format: 'money' },
    wait: { type: 'string', convert: 'ms', default: '5s' },
    rules: {
      type: 'array',
      items: { type: 'object', required: ['by'], properties: { by: { enum: ['key', 'tenant'] } } },
    },
  },
} as const;

t.test('defaults are applied, quantities stay texts, and what says convert becomes a number', (t) => {
  const { value, problems } = check(limits, 'plugin: x\nmax_bytes: 20mb\nbudget: 20\nwait: 1.5m');
  t.strictSame(problems, []);
  t.strictSame(value, {
    plugin: 'x',
    mode: 'enforce',
    ttl: '24h',
    max_bytes: '20mb',
    budget: 20,
    wait: 90_000,
  });
  t.end();
});

t.test('all that is wrong is said at once, in the order of the file, each at its own place', (t) => {
  const { problems } = check(
    limits,
    [
      'plugin: 3',
      'timout_ms: 5',
      'timeout_ms: soon',
      'mode: enforcd',
      'ttl: 3 fortnights',
      'max_bytes: 12',
      'budget: cheap',
      'wait: 5',
      'rules:',
      '  - { by: keys }',
      '  - { bye: key }',
      'temperature: 1',
    ].join('\n'),
  );
  t.strictSame(problems, [
    'f.yaml:1:9: error: plugin: expected text; came 3',
    'f.yaml:2:1: error: unknown key "timout_ms"; did you mean "timeout_ms"?',
    'f.yaml:3:13: error: timeout_ms: expected a whole number; came "soon"',
    'f.yaml:4:7: error: mode: expected one of enforce, shadow, off; came "enforcd"; did you mean "enforce"?',
    'f.yaml:5:6: error: ttl: expected a duration with its unit (ms, s, m, h, d, w), such as 30s or 5m; came "3 fortnights"',
    'f.yaml:6:12: error: max_bytes: expected text; came 12',
    'f.yaml:7:9: error: budget: expected an amount in US dollars, such as $20 or 0.25; came "cheap"',
    'f.yaml:8:7: error: wait: expected text; came 5',
    'f.yaml:10:11: error: rules[0].by: expected one of key, tenant; came "keys"; did you mean "key"?',
    'f.yaml:11:5: error: rules[1]: missing key "by"',
    'f.yaml:11:7: error: rules[1]: unknown key "bye"; did you mean "by"?',
    'f.yaml:12:1: error: unknown key "temperature"; known are: plugin, timeout_ms, mode, ttl, max_bytes, budget, wait, rules',
  ]);
  t.end();
});

t.test('of several allowed forms only the one that was meant is explained', (t) => {
  const target = {
    type: 'object',
    required: ['target'],
    properties: { target: { type: 'string' } },
  } as const;
  const schema = {
    type: 'object',
    additionalProperties: {
      anyOf: [
        { type: 'string' },
        { type: 'array', items: { anyOf: [{ type: 'string' }, target] } },
        { type: 'object', required: ['targets'], properties: { targets: { type: 'array' } } },
      ],
    },
  } as const;
  const { problems } = check(schema, 'a: 1\nb: [x, 2]\nc: { target: [] }\nd: [{ taget: x }]\ne: fine');
  t.strictSame(problems, [
    'f.yaml:1:4: error: a: expected text or a list or keys with values; came 1',
    'f.yaml:2:8: error: b[1]: expected text or keys with values; came 2',
    'f.yaml:3:4: error: c: missing key "targets"',
    'f.yaml:3:6: error: c: unknown key "target"; did you mean "targets"?',
    'f.yaml:4:5: error: d[0]: missing key "target"',
    'f.yaml:4:7: error: d[0]: unknown key "taget"; did you mean "target"?',
  ]);
  t.end();
});

t.test('objects are closed unless the schema opens them or adds to them elsewhere', (t) => {
  const open = { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: true } as const;
  t.strictSame(check(open, 'b: 1').problems, []);
  const added = {
    type: 'object',
    properties: { a: { type: 'string' } },
    anyOf: [{ properties: { b: { type: 'number' } } }],
  } as const;
  t.strictSame(check(added, 'b: 1').problems, []);
  const narrowed = {
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'string' } },
    anyOf: [{ required: ['a'] }, { required: ['b'] }],
  } as const;
  t.strictSame(check(narrowed, 'a: x\nc: 1').problems, [
    'f.yaml:2:1: error: unknown key "c"; known are: a, b',
  ]);
  const asData = {
    type: 'object',
    properties: { properties: { type: 'object', default: { properties: {} }, additionalProperties: true } },
  } as const;
  t.strictSame(check(asData, '{}').value, { properties: { properties: {} } });
  t.end();
});

t.test('a text from a reference may stand for a number or true, others may not', (t) => {
  const schema = {
    type: 'object',
    properties: { port: { type: 'integer' }, on: { type: 'boolean' }, name: { type: 'string' } },
  } as const;
  const text = 'port: "4000"\non: "true"\nname: "12"';
  t.strictSame(check(schema, text, { isReference: () => true }), {
    value: { port: 4000, on: true, name: '12' },
    problems: [],
  });
  t.equal(check(schema, text).problems.length, 2);
  t.equal(check(schema, 'port: "40x"', { isReference: () => true }).problems.length, 1);
  t.end();
});

t.test('values that must not be seen are not printed', (t) => {
  const schema = {
    type: 'object',
    properties: { api_key: { type: 'number' }, url: { type: 'string', format: 'uri' } },
  } as const;
  const hidden = check(schema, 'api_key: sk-verysecret', { show: () => '[secret]' });
  t.strictSame(hidden.problems, ['f.yaml:1:10: error: api_key: expected a number; came [secret]']);
  const url = check(
    { type: 'object', properties: { url: { enum: ['a'] } } },
    'url: postgres://me:pass@host/db',
  );
  t.strictSame(url.problems, ['f.yaml:1:6: error: url: expected a; came "postgres://[secret]@host/db"']);
  t.end();
});

t.test('a schema that is itself wrong is a clear error at compile time', (t) => {
  t.throws(() => compileValidator({ type: 'object', propertees: {} }), /unknown keyword: "propertees"/);
  t.throws(() => compileValidator({ type: 'string', format: 'duratoin' }), /unknown format "duratoin"/);
  t.throws(() => compileValidator({ type: 'string', convert: 'hours' }));
  t.end();
});

t.test('the caller keeps its own value as it was', (t) => {
  const document = parseYaml('plugin: x', 'f');
  compileValidator(limits)(document.value!, { document });
  t.strictSame(document.value, { plugin: 'x' });
  t.end();
});
