// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references look like this

import { createHash } from 'node:crypto';
import t from 'tap';
import { type LoadConfigOptions, loadConfig } from '../../../core/config/load.ts';
import { formatProblem, ProblemsError } from '../../../core/problem.ts';
import { Secret } from '../../../sdk/secret.ts';
import { kinds } from './kinds.ts';

const file = '/etc/sluice/gateway.yaml';

function options(text: string | null, more: Partial<LoadConfigOptions> = {}): LoadConfigOptions {
  const files: Record<string, string> = { '/etc/sluice/tls/cert.pem': 'c', '/run/key': 'sk-from-file\n' };
  if (text !== null) files[file] = text;
  return {
    file: text === null ? null : file,
    env: {},
    kinds,
    readFile: async (path) => {
      const found = files[path];
      if (found === undefined) throw Object.assign(new Error('no'), { code: 'ENOENT' });
      return found;
    },
    ...more,
  };
}

const load = (text: string | null, more: Partial<LoadConfigOptions> = {}) => loadConfig(options(text, more));

async function problemsOf(text: string | null, more: Partial<LoadConfigOptions> = {}): Promise<string[]> {
  try {
    const { problems } = await load(text, more);
    return problems.map(formatProblem);
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return error.problems.map((problem) => formatProblem(problem).replace(`${file}:`, ''));
  }
}

t.test('without a file there is a mock provider and three aliases on it', async (t) => {
  const { config, problems } = await load(null);
  t.strictSame(problems, []);
  t.strictSame(config, {
    version: 'default',
    file: null,
    server: {
      host: '127.0.0.1',
      port: 4000,
      bodyLimitBytes: 20_971_520,
      requestTimeoutMs: 600_000,
      drainTimeoutMs: 30_000,
      drainDelayMs: 0,
      load: { maxConcurrent: 2000, maxQueue: 1000, queueTimeoutMs: 5_000, shedAbove: 0.9 },
      tls: null,
    },
    auth: { masterKey: null, budgetStatus: 402 },
    providers: [{ name: 'mock', kind: 'mock', options: { seed: 1 }, region: '', vendor: null, tier: null }],
    models: [
      { alias: 'mock', strategy: 'ordered', targets: [{ target: 'mock/gpt', weight: 1, tier: null }] },
      {
        alias: 'cheap',
        strategy: 'ordered',
        targets: [{ target: 'mock/gpt-mini', weight: 1, tier: 'mini' }],
      },
      {
        alias: 'smart',
        strategy: 'ordered',
        targets: [{ target: 'mock/gpt-large', weight: 1, tier: 'frontier' }],
      },
    ],
    stores: {
      ledger: 'sqlite',
      counters: 'memory',
      cache: 'memory',
      vectors: 'lancedb',
      whenDown: 'strict',
      redisTimeoutMs: 250,
      durability: 'process',
    },
    embedder: { kind: 'lexical' },
    evals: [],
    telemetry: {
      otlp: null,
      otlpHeaders: {},
      sample: 1,
      capture: {
        mode: 'none',
        sample: 1,
        limitChars: 65_536,
        sizeBytes: 268_435_456,
        retentionMs: 604_800_000,
      },
      metrics: true,
      logLevel: 'info',
    },
    console: { enabled: true },
  });
});

t.test('a usual environment variable adds its provider where its kind is installed', async (t) => {
  const env = { OPENAI_API_KEY: 'sk-o', ANTHROPIC_API_KEY: '', GEMINI_API_KEY: 'g' };
  const { config } = await load(null, { env });
  t.strictSame(
    config.providers.map(({ name, kind }) => [name, kind]),
    [
      ['mock', 'mock'],
      ['openai', 'openai'],
    ],
  );
  const key = config.providers[1]!.options['api_key'] as unknown;
  t.ok(key instanceof Secret);
  t.equal((key as Secret).reveal(), 'sk-o');
});

t.test('a whole file is read with its units, groups, pools and secrets', async (t) => {
  const text = [
    'server: { host: 0.0.0.0, port: ${PORT}, body_limit: 1mb, request_timeout: 5m,',
    '          max_concurrent: 50, max_queue: 0, queue_timeout: 250ms, shed_above: 1,',
    '          tls: { cert: tls/cert.pem, key: /run/key } }',
    'auth: { master_key: ${MASTER}, budget_status: 429 }',
    'providers:',
    '  openai: { kind: openai, api_key: ${O} }',
    '  claude: { kind: anthropic, api_key: [${A1}, "literal-${A2}"] }',
    '  local:  { kind: openai, base_url: http://127.0.0.1:8000/v1, price: { gpu_usd_per_hour: 1.50 } }',
    '  aws:    { kind: bedrock, region: us-east-1, vendor: amazon, tier: standard }',
    'models:',
    '  cheap: claude/claude-haiku-4-5',
    '  smart: [claude/claude-opus-4-8, openai/org/model:v1]',
    '  fast:',
    '    strategy: weighted',
    '    targets: [ { target: openai/gpt-4o-mini, weight: 3, tier: mini, rpm: 500, tpm: 200_000 }, aws/x ]',
    'stores: { ledger: "postgres://u:p@db/x", cache: redis://r }',
    'embedder: { provider: openai, model: text-embedding-3-small }',
    'telemetry: { otlp: http://127.0.0.1:4318, otlp_headers: { Authorization: "Basic ${O}" }, sample: 0.1, capture: masked, metrics: false, log_level: warn }',
  ].join('\n');
  const env = { PORT: '8080', MASTER: 'sk-master', O: 'sk-o', A1: 'sk-a1', A2: 'sk-a2' };
  const { config, problems } = await load(text, { env });
  t.strictSame(problems, []);
  t.equal(config.version, createHash('sha256').update(text).digest('hex').slice(0, 12));
  t.match(config.server, {
    host: '0.0.0.0',
    port: 8080,
    bodyLimitBytes: 1_048_576,
    requestTimeoutMs: 300_000,
    load: { maxConcurrent: 50, maxQueue: 0, queueTimeoutMs: 250, shedAbove: 1 },
    tls: { cert: '/etc/sluice/tls/cert.pem', key: '/run/key', clientCa: null },
  });
  t.equal(config.auth.masterKey?.reveal(), 'sk-master');
  t.equal(config.auth.budgetStatus, 429);
  const [openai, claude, local, aws] = config.providers;
  t.equal((openai!.options['api_key'] as unknown as Secret).reveal(), 'sk-o');
  t.strictSame(
    (claude!.options['api_key'] as unknown as Secret[]).map((key) => key.reveal()),
    ['sk-a1', 'literal-sk-a2'],
  );
  t.strictSame(local!.price, { gpu_usd_per_hour: 1.5 });
  t.strictSame(local!.options, { base_url: 'http://127.0.0.1:8000/v1' });
  t.strictSame(aws, {
    name: 'aws',
    kind: 'bedrock',
    options: { region: 'us-east-1' },
    region: 'us-east-1',
    vendor: 'amazon',
    tier: 'standard',
  });
  t.strictSame(
    config.models[1]!.targets.map(({ target }) => target),
    ['claude/claude-opus-4-8', 'openai/org/model:v1'],
  );
  t.strictSame(config.models[2], {
    alias: 'fast',
    strategy: 'weighted',
    targets: [
      {
        target: 'openai/gpt-4o-mini',
        weight: 3,
        tier: 'mini',
        capacity: { requestsPerMinute: 500, tokensPerMinute: 200_000 },
      },
      { target: 'aws/x', weight: 1, tier: null },
    ],
  });
  t.match(config.telemetry, {
    otlp: 'http://127.0.0.1:4318',
    sample: 0.1,
    capture: { mode: 'masked', sample: 1 },
    metrics: false,
    logLevel: 'warn',
  });
  t.equal(config.telemetry.otlpHeaders['authorization']?.reveal(), 'Basic sk-o');
  t.notMatch(JSON.stringify(config), /sk-/);
});

t.test('everything that is wrong is said at once, with its place', async (t) => {
  const problems = await problemsOf(
    [
      'sever: {}',
      'server: { port: 70000, body_limit: 20, drain_timeout: 60d, tls: { cert: tls/cert.pem, key: nope.pem } }',
      'auth: { budget_status: 403 }',
      'providers:',
      '  openai: { kind: opnai }',
      '  claude: { kind: anthropic, api_ky: x }',
      '  local: { kind: openai, base_url: ${NOPE} }',
      '  local: { kind: mock }',
      '  bad/name: { kind: mock }',
      '  none: {}',
      'models:',
      '  a: opnai/gpt',
      '  b: [a, gpt-4o, openai, opena]',
      '  c: { strategy: random, targets: [{ target: local/x, weight: 0 }] }',
      '  d: []',
      'stores: { ledger: sqllite, cache: http://x }',
      'embedder: { provider: opena, model: m }',
      'telemetry: { capture: everything }',
    ].join('\n'),
  );
  t.strictSame(problems, [
    '1:1: error: unknown key "sever"; did you mean "server"?',
    '2:17: error: server.port: expected at most 65535; came 70000',
    '2:36: error: server.body_limit: expected text; came 20',
    '2:55: error: server.drain_timeout: expected at most 24d',
    '2:92: error: server.tls.key: file nope.pem does not exist',
    '3:24: error: auth.budget_status: expected one of 402, 429, 400; came 403',
    '5:19: error: providers.openai.kind: unknown kind "opnai"; did you mean "openai"?',
    '6:11: error: providers.claude: missing key "api_key"',
    '6:30: error: providers.claude: unknown key "api_ky"; did you mean "api_key"?',
    '7:36: error: providers.local.base_url: environment variable NOPE is not set; set it',
    '8:3: error: duplicate key "local"; it is first on line 7',
    '9:3: error: providers."bad/name": a provider is named with letters, digits, "-", "_" and "."',
    '10:9: error: providers.none: missing key "kind"',
    '12:6: error: models.a: unknown provider in "opnai/gpt"; did you mean "openai"?',
    '13:7: error: models.b[0]: "a" is an alias, and an alias cannot point to another; list its targets (provider/model) here',
    '13:10: error: models.b[1]: expected provider/model; came "gpt-4o"',
    '13:18: error: models.b[2]: expected provider/model; came "openai"; name the model too',
    '13:26: error: models.b[3]: expected provider/model; came "opena"; did you mean a model of "openai"?',
    '14:18: error: models.c.strategy: expected one of ordered, weighted, least-latency, least-busy, least-cost; came "random"',
    '14:63: error: models.c.targets[0].weight: expected more than 0; came 0',
    '15:6: error: models.d: expected at least 1 in the list; came 0',
    '16:19: error: stores.ledger: expected sqlite or an address postgres://…; came "sqllite"; did you mean "sqlite"?',
    '16:35: error: stores.cache: expected memory or an address redis://…; came "http://x"',
    '17:23: error: embedder.provider: unknown provider "opena"; did you mean "openai"?',
    '18:23: error: telemetry.capture: expected one of none, masked, full; came "everything"',
  ]);
});

t.test('no message shows a secret, whether it was written or referred to', async (t) => {
  const secret = 'sk-canary-1234567890';
  const text = [
    'auth: { master_key: [sk-canary-1234567890] }',
    'providers:',
    '  a: { kind: ${S}, api_key: { x: sk-canary-1234567890 } }',
    '  b: { kind: openai, api_key: 12345678, base_url: [${S}] }',
    '  c: { kind: openai, api_key: { key: sk-canary-1234567890 } }',
    'models: { m: "${S}/x", n: [{ target: "${S}" }] }',
    'stores: { ledger: ${S}, cache: "ftp://u:sk-canary-1234567890@h" }',
    'telemetry: { otlp: ${S} }',
    'embedder: { provider: ${S}, model: m }',
  ].join('\n');
  const problems = await problemsOf(text, { env: { S: secret } });
  t.ok(problems.length >= 9, problems.join('\n'));
  t.notMatch(problems.join('\n'), /canary|12345678/);
});

t.test('syntax errors stop before anything else is judged', async (t) => {
  t.strictSame(await problemsOf('server: { port: 1\nmodels: x'), [
    '2:1: error: not YAML: flow map in block collection must be sufficiently indented and end with a }',
  ]);
});

t.test('a named file that is missing is an error, an optional one means the defaults', async (t) => {
  const missing = { file: '/etc/sluice/other.yaml' };
  t.strictSame(await problemsOf('', missing), [
    '/etc/sluice/other.yaml: error: the configuration does not exist',
  ]);
  const { config } = await load('', { ...missing, optional: true });
  t.equal(config.version, 'default');
  t.equal(config.file, null);
});

t.test('an empty file, and sections whose lines are commented out, mean the defaults', async (t) => {
  for (const text of ['', '# nothing yet\n', 'server:\nmodels:\nproviders:\n  # openai: {}\n']) {
    const { config } = await load(text);
    t.strictSame(
      config.models.map(({ alias }) => alias),
      ['mock', 'cheap', 'smart'],
    );
    t.equal(config.file, file);
  }
});

t.test('providers of its own leave the built-in ones and their aliases out', async (t) => {
  const { config } = await load('providers: { x: { kind: mock } }');
  t.strictSame(
    config.providers.map(({ name }) => name),
    ['x'],
  );
  t.strictSame(config.models, []);
});

t.test('aliases of its own may use the built-in providers', async (t) => {
  const { config } = await load('models: { mine: mock/anything }');
  t.strictSame(
    config.models.map(({ alias }) => alias),
    ['mine'],
  );
});

t.test('a target that is listed twice is a warning and does not stop the load', async (t) => {
  const { problems } = await load('models: { m: [mock/a, mock/a] }');
  t.strictSame(problems.map(formatProblem), [
    `${file}:1:14: warning: models.m: the target "mock/a" is listed twice`,
  ]);
});

t.test('a target has one capacity, wherever it is listed', async (t) => {
  const models = [
    'models:',
    '  a: [{ target: mock/x, rpm: 5 }]',
    '  b: [{ target: mock/x, rpm: 5, tpm: 100 }, { target: mock/y, rpm: 6 }]',
    '  c: [mock/x, { target: mock/x, rpm: 7 }]',
    '  d: [{ target: mock/z, rpm: 0.5, tpm: lots }]',
  ];
  const problems = await problemsOf(models.join('\n'));
  t.strictSame(
    problems.filter((problem) => !problem.includes('warning')),
    [
      '4:38: error: models.c[1].rpm: the target "mock/x" has rpm 5 at models.a[0].rpm and 7 here; a target has one, leave one out',
      '5:30: error: models.d[0].rpm: expected a whole number; came 0.5',
      '5:40: error: models.d[0].tpm: expected a whole number; came "lots"',
    ],
  );
});

t.test('limits of the load have bounds', async (t) => {
  t.strictSame(
    await problemsOf('server: { max_concurrent: 0, max_queue: -1, queue_timeout: 25d, shed_above: 90 }'),
    [
      '1:27: error: server.max_concurrent: expected at least 1; came 0',
      '1:41: error: server.max_queue: expected at least 0; came -1',
      '1:60: error: server.queue_timeout: expected at most 24d',
      '1:77: error: server.shed_above: expected at most 1; came 90',
    ],
  );
});

t.test('an address that others can reach needs a master key', async (t) => {
  t.strictSame(await problemsOf('server: { host: 0.0.0.0 }'), [
    '1:17: error: server.host: "0.0.0.0" can be reached from other machines and there is no auth.master_key; set auth.master_key or listen on 127.0.0.1',
  ]);
  t.strictSame(await problemsOf('server: { host: 0.0.0.0 }\nauth: { master_key: k }'), []);
  t.strictSame(await problemsOf('server: { host: 0.0.0.0 }', { host: '127.0.0.1' }), []);
  t.match(await problemsOf(null, { host: '10.0.0.1' }), [
    /^built-in defaults: error: server.host: "10.0.0.1"/,
  ]);
});

t.test('the command line wins over the file', async (t) => {
  const { config } = await load('server: { port: 1 }', { port: 0, host: '::1' });
  t.match(config.server, { port: 0, host: '::1' });
});
