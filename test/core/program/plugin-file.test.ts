import t from 'tap';
import { formatProblem } from '../../../core/problem.ts';
import { parsePluginFile } from '../../../core/program/plugin-file.ts';
import { type AnyPlugin, definePlugin, type JsonSchema } from '../../../sdk/plugin.ts';
import { context } from './fixtures.ts';

function plugin(name: string, schema: JsonSchema): AnyPlugin {
  return definePlugin({ name, summary: '', schema, needs: [], onFailure: 'open', setup: () => ({}) });
}

const plugins = new Map(
  [
    plugin('token-limiter', {
      type: 'object',
      properties: {
        limits: {
          type: 'array',
          default: [],
          items: {
            type: 'object',
            required: ['by'],
            properties: { by: { enum: ['key', 'tenant'] }, tokens: { type: 'integer' } },
          },
        },
        warn_at: { type: 'number', default: 0.8 },
      },
    }),
    plugin('ledger', { type: 'object' }),
    plugin('clash', { type: 'object', properties: { mode: { type: 'string' } } }),
    plugin('broken', { type: 'object', propertees: {} }),
  ].map((known) => [known.name, known]),
);

const parse = (text: string) => {
  const { parsed, problems } = parsePluginFile('20-limits.yaml', text, plugins);
  return { parsed, problems: problems.map(formatProblem) };
};

t.test('the name of a plugin is enough', (t) => {
  t.match(parse('plugin: token-limiter'), {
    parsed: {
      file: '20-limits.yaml',
      plugin: 'token-limiter',
      mode: 'enforce',
      match: null,
      onFailure: null,
      timeoutMs: null,
      options: { limits: [], warn_at: 0.8 },
    },
    problems: [],
  });
  t.end();
});

t.test('common keys and options are kept apart', async (t) => {
  const { parsed } = parse(
    [
      'plugin: token-limiter',
      'match: tenant.id = "acme"',
      'on_failure: closed',
      'timeout_ms: 2_500',
      'mode: shadow',
      'limits: [{ by: key, tokens: 2_000_000 }]',
    ].join('\n'),
  );
  t.match(parsed, { mode: 'shadow', onFailure: 'closed', timeoutMs: 2500 });
  t.strictSame(parsed?.options, { limits: [{ by: 'key', tokens: 2_000_000 }], warn_at: 0.8 });
  t.equal(await parsed?.match?.(context()), true);
  t.equal(await parsed?.match?.(context({ tenant: 'other' })), false);
});

t.test('enabled: false means off, and the file is still checked', (t) => {
  t.equal(parse('plugin: ledger\nenabled: false').parsed?.mode, 'off');
  t.equal(parse('plugin: ledger\nenabled: false\nnope: 1').parsed, null);
  t.end();
});

t.test('everything that is wrong with a file is said at once, with its place', (t) => {
  t.strictSame(
    parse(
      [
        'plugin: token-limiter',
        'timout_ms: 5',
        'on_failure: ajar',
        'mode: on',
        'match: tenat.id = "x" and',
        'limits:',
        '  - { by: keys, tokns: 5 }',
        'warn_at: high',
      ].join('\n'),
    ).problems.sort(),
    [
      '20-limits.yaml:2:1: error: unknown key "timout_ms"; did you mean "timeout_ms"?',
      '20-limits.yaml:3:13: error: on_failure: expected one of open, closed; came "ajar"',
      '20-limits.yaml:4:7: error: mode: expected one of enforce, shadow, off; came "on"',
      '20-limits.yaml:5:8: error: match: Unexpected end of expression (character 18 of the expression)',
      '20-limits.yaml:7:11: error: limits[0].by: expected one of key, tenant; came "keys"; did you mean "key"?',
      '20-limits.yaml:7:17: error: limits[0]: unknown key "tokns"; did you mean "tokens"?',
      '20-limits.yaml:8:10: error: warn_at: expected a number; came "high"',
    ],
  );
  t.end();
});

t.test('an unknown plugin names the nearest one', (t) => {
  t.strictSame(parse('plugin: token-limitr').problems, [
    '20-limits.yaml:1:9: error: unknown plugin "token-limitr"; did you mean "token-limiter"?',
  ]);
  t.strictSame(parse('plugin: zzz').problems, [
    '20-limits.yaml:1:9: error: unknown plugin "zzz"; known are: token-limiter, ledger, clash, broken',
  ]);
  t.strictSame(parse('match: stream').problems, ['20-limits.yaml:1:1: error: missing key "plugin"']);
  t.strictSame(parse('').problems, ['20-limits.yaml:1:1: error: missing key "plugin"']);
  t.strictSame(parse('plugin: [a]').problems, [
    '20-limits.yaml:1:9: error: plugin: expected text; came a list',
  ]);
  t.strictSame(parse('- plugin: a').problems, [
    '20-limits.yaml:1:1: error: expected keys such as "plugin: NAME"; came something else',
  ]);
  t.end();
});

t.test('a plugin without options has none', (t) => {
  t.match(parse('plugin: ledger\nretention: 3d').problems, [/2:1: error: unknown key "retention"/]);
  t.end();
});

t.test('a syntax error and a duplicate key are problems of the file', (t) => {
  t.match(parse('plugin: [').problems, [/^20-limits.yaml:1:/]);
  t.strictSame(parse('plugin: ledger\nplugin: ledger').problems, [
    '20-limits.yaml:2:1: error: duplicate key "plugin"; it is first on line 1',
  ]);
  t.match(parse('plugin: ledger\n---\nplugin: ledger').problems, [/expected one document in a file/]);
  t.end();
});

t.test('a plugin whose schema cannot be used says so in its file', (t) => {
  t.match(parse('plugin: clash').problems, [/its option "mode" is the name of a key that every plugin has/]);
  t.match(parse('plugin: broken').problems, [/the schema of plugin "broken" cannot be used: .*propertees/]);
  t.end();
});
