import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { stringify } from 'yaml';
import { loadConfig } from '../../../../core/config/load.ts';
import { firstPartyProviders } from '../../../../core/gateway.ts';
import { leavesOf } from '../../../../core/import/litellm/source.ts';
import { ProblemsError } from '../../../../core/problem.ts';
import { parseYaml } from '../../../../core/yaml/document.ts';
import { type Path, pathKey, showPath } from '../../../../core/yaml/place.ts';
import type { Json, JsonObject } from '../../../../sdk/json.ts';
import { configs, environment, imported, made } from './_import.ts';

const production = imported(configs.get('production.yaml')!);
const clouds = imported(configs.get('clouds.yaml')!);

/** Every leaf is mapped, or under something that is listed; nothing that is not in the file is either. */
function checkAccount(text: string): void {
  const { mapped, findings } = imported(text);
  const value = parseYaml(text, 'config.yaml').value as Json;
  const leaves = leavesOf(value).map((leaf) => ({ key: showPath(leaf), pointer: pathKey(leaf) }));
  const known = new Set(mapped.map(({ key }) => key));
  for (const { key } of leaves) {
    const isListed = findings.some(
      (one) => key === one.key || key.startsWith(`${one.key}.`) || key.startsWith(`${one.key}[`),
    );
    assert.ok(known.has(key) || isListed, `${key} is neither mapped nor listed`);
  }
  const all = new Set(leaves.map(({ key }) => key));
  for (const { key } of mapped) assert.ok(all.has(key), `${key} is not in the file`);
  for (const { line } of findings) assert.ok(line >= 1 && line <= text.split('\n').length);
}

t.test('every value of every configuration is mapped or listed with its line', async (t) => {
  t.ok(configs.size >= 4);
  for (const [name, text] of configs) t.doesNotThrow(() => checkAccount(text), name);
});

t.test('a value that is said to be mapped changes what is written', async (t) => {
  const idle: string[] = [];
  for (const [name, text] of configs) {
    const value = parseYaml(text, name).value as Json;
    const filesOf = (one: Json) => {
      const { files, findings } = imported(stringify(one, { aliasDuplicateObjects: false }));
      return JSON.stringify([files, findings.map(({ key, message }) => [key, message])]);
    };
    const files = filesOf(value);
    const known = new Set(imported(text).mapped.map(({ key }) => key));
    for (const leaf of leavesOf(value)) {
      if (!known.has(showPath(leaf)) || sameByDefault.test(showPath(leaf))) continue;
      if (filesOf(changedAt(value, leaf)) === files) idle.push(`${name}: ${showPath(leaf)}`);
    }
  }
  t.strictSame(idle, []);
});

/** Another text or number here is the same: the only `order`, 9 or 10 retries where 5 are the most, names that agree. */
const sameByDefault = /\.order$|^router_settings\.num_retries$|credential_name$/;

/** The value with another text or number at a path. */
function changedAt(value: Json, [step, ...rest]: Path): Json {
  if (step === undefined)
    return typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : `${value}x`;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as JsonObject) }) as Record<
    string | number,
    Json
  >;
  copy[step] = changedAt(copy[step]!, rest);
  return copy as Json;
}

t.test('that holds for any configuration, strange ones too', async () => {
  const word = fc.constantFrom(
    ...[
      'openai/gpt-4o',
      'gpt-4o',
      'azure/x',
      'bedrock/a.b',
      'vertex_ai/gemini',
      '*',
      'openai/*',
      'a/*',
      'x/y',
    ],
    ...[
      'os.environ/A',
      'os.environ/A-B',
      'none',
      '',
      `\${X}`,
      'a',
      'b',
      'true',
      '30d',
      '1e-6',
      'redis',
      'constructor',
    ],
  );
  const scalar = fc.oneof(
    word,
    fc.integer({ min: -2, max: 700 }),
    fc.boolean(),
    fc.constant(null),
    fc.double({ noNaN: true, min: 0, max: 3 }),
  );
  const key = fc.constantFrom(
    ...[
      'model',
      'api_base',
      'api_key',
      'api_version',
      'rpm',
      'tpm',
      'weight',
      'order',
      'extra_headers',
      'custom_llm_provider',
    ],
    ...[
      'litellm_credential_name',
      'aws_region_name',
      'vertex_project',
      'model_id',
      'input_cost_per_token',
      'base_model',
      '__proto__',
      'a.b',
    ],
  );
  const anything = fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 3 }),
    fc.dictionary(key, scalar, { maxKeys: 3 }),
  );
  const params = fc.dictionary(key, fc.oneof({ weight: 5, arbitrary: scalar }, anything), { maxKeys: 6 });
  const entry = fc.record(
    {
      model_name: word,
      litellm_params: params.map((one) => ({ model: 'openai/gpt-4o', ...one })),
      model_info: params,
    },
    { requiredKeys: ['model_name'] },
  );
  const chains = fc.array(
    fc.dictionary(word, fc.array(fc.oneof(word, anything), { maxLength: 3 }), { maxKeys: 2 }),
    { maxLength: 3 },
  );
  const settings = fc.record(
    {
      fallbacks: fc.oneof(chains, anything),
      context_window_fallbacks: chains,
      default_fallbacks: fc.oneof(fc.array(word), anything),
      num_retries: anything,
      allowed_fails: anything,
      request_timeout: anything,
      max_budget: anything,
      budget_duration: anything,
      cache: anything,
      cache_params: fc.oneof(
        anything,
        fc.record({ type: word, host: word, port: scalar, ttl: scalar }, { requiredKeys: [] }),
      ),
      callbacks: anything,
      routing_strategy: anything,
      model_group_alias: fc.oneof(anything, fc.dictionary(word, word)),
      redis_host: anything,
      master_key: anything,
      alerting: anything,
      max_request_size_mb: anything,
    },
    { requiredKeys: [] },
  );
  const config = fc.record(
    {
      model_list: fc.oneof({ weight: 9, arbitrary: fc.array(entry, { maxLength: 5 }) }, anything),
      litellm_settings: fc.oneof({ weight: 5, arbitrary: settings }, anything),
      router_settings: fc.oneof({ weight: 5, arbitrary: settings }, anything),
      general_settings: fc.oneof({ weight: 5, arbitrary: settings }, anything),
      environment_variables: anything,
      credential_list: anything,
      unheard_of: anything,
    },
    { requiredKeys: ['model_list'] },
  );
  const kinds = new Map(firstPartyProviders.map((kind) => [kind.kind, kind]));
  await fc.assert(
    fc.asyncProperty(config, async (one) => {
      const text = stringify(one, { aliasDuplicateObjects: false });
      checkAccount(text);
      const result = imported(text);
      const file = (path: string) => result.files.find((own) => path.endsWith(own.path))?.text ?? 'secret';
      const loaded = {
        file: 'gateway.yaml',
        env: environment(result),
        kinds,
        readFile: async (path: string) => file(path),
      };
      // A value that was wrong for LiteLLM may be wrong here; then `sluice check` says where.
      await loadConfig(loaded).catch((error: unknown) => assert.ok(error instanceof ProblemsError));
    }),
    { numRuns: 120 },
  );
});

t.test('a name that repeats is one alias with several targets, weighted by rpm', async (t) => {
  const { models, providers } = made(production, 'gateway.yaml') as Record<string, Record<string, Json>>;
  t.strictSame(models!['gpt-4o'], {
    strategy: 'weighted',
    targets: [
      { target: 'azure/gpt-4o', rpm: 600, tpm: 900000, weight: 600 },
      { target: 'azure-2/gpt-4o', rpm: 300, weight: 300 },
      { target: 'openai/gpt-4o', rpm: 100, weight: 100 },
    ],
  });
  t.strictSame(providers!['azure'], {
    kind: 'azure',
    base_url: `\${AZURE_API_BASE_EU}`,
    api_version: '2024-10-21',
    api_key: `\${AZURE_API_KEY_EU}`,
    deployments: { 'gpt-4o': 'gpt-4o-eu' },
  });
  t.equal(models!['gpt-4o-mini'], 'openai/gpt-4o-mini', 'entries with the same settings share a provider');
  t.strictSame(models!['gpt-4'], models!['gpt-4o'], 'model_group_alias is one more name');
});

t.test('credentials by name, prices for a token, and fallbacks of all kinds', async (t) => {
  t.match(made(production, 'gateway.yaml'), {
    providers: { anthropic: { api_key: `\${ANTHROPIC_API_KEY}` } },
  });
  t.strictSame(made(production, 'policies/00-ledger.yaml'), {
    plugin: 'ledger',
    retention: '90d',
    prices: { 'openai/ft:gpt-4o-mini:acme': { input: '$0.3', output: '$1.2', cache_read: '$0.15' } },
  });
  const { chains } = made(production, 'policies/70-fallback.yaml') as { chains: Record<string, Json> };
  t.match(chains['gpt-4o'], [{ target: 'claude', on: /content_filter|connect/ }, 'gpt-4o-mini']);
  t.strictSame(chains['claude'], ['gpt-4o']);
  t.strictSame(chains['gpt-4o-mini'], [{ target: 'claude', on: ['context_length'] }]);
  t.strictSame(chains['fine-tuned'], ['gpt-4o-mini'], 'the default where there is no other');
});

t.test('settings become limits, times, breakers and stores', async (t) => {
  t.match(made(production, 'policies/60-limits.yaml'), {
    limits: [
      { by: 'global', per: 'month', usd: '$500' },
      { by: 'user', per: 'total', usd: '$2.5' },
      { by: 'global', concurrent: 200 },
    ],
    max_duration: '120s',
    warn_webhook: `\${SLACK_WEBHOOK_URL}`,
  });
  t.match(made(production, 'policies/70-fallback.yaml'), {
    retry: { max: 3 },
    breaker: { consecutive: 4, cooldown: '30s' },
    timeouts: { total: '120s' },
    cost_ceiling: 'none',
  });
  t.match(made(production, 'gateway.yaml'), {
    server: { request_timeout: '120s', body_limit: '10mb' },
    auth: { master_key: `\${LITELLM_MASTER_KEY}` },
    stores: {
      counters: `redis://:\${REDIS_PASSWORD}@\${REDIS_HOST}:\${REDIS_PORT}`,
      cache: `redis://:\${REDIS_PASSWORD}@\${REDIS_HOST}:6379`,
    },
  });
  t.match(made(production, 'policies/65-cache.yaml'), {
    plugin: 'semantic-cache',
    semantic: false,
    ttl: '600s',
  });
  t.match(made(clouds, 'policies/70-fallback.yaml'), {
    retry: { max: 5 },
    timeouts: { total: '45500ms', first_token: '15s' },
  });
});

t.test('no cache is written where this gateway has no plugin for it', async (t) => {
  const { files, findings } = imported(configs.get('production.yaml')!, [
    'keys',
    'fallback',
    'token-limiter',
    'ledger',
  ]);
  t.notOk(files.some(({ path }) => path.includes('cache')));
  t.ok(findings.some(({ key, kind }) => key === 'litellm_settings.cache' && kind === 'todo'));
});

t.test('clouds: regions, inference profiles, resources, headers', async (t) => {
  const { providers, models } = made(clouds, 'gateway.yaml') as Record<string, Record<string, Json>>;
  t.match(providers!['bedrock'], { kind: 'bedrock', region: 'us-east-1', access_key_id: `\${AWS_ID}` });
  t.strictSame(
    models!['sonnet'],
    ['bedrock-2/eu.anthropic.claude-sonnet-4-6', 'bedrock-3/anthropic.claude-sonnet-4-6'].toReversed(),
  );
  const profile = 'arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc';
  t.match(providers!['bedrock-4'], {
    region: 'eu-central-1',
    base_models: { [profile]: 'anthropic.claude-sonnet-4-6' },
  });
  t.match(providers!['vertex_ai'], {
    kind: 'gemini',
    base_url:
      'https://europe-west1-aiplatform.googleapis.com/v1/projects/my-project/locations/europe-west1/publishers/google',
  });
  t.match(providers!['azure_ai'], {
    kind: 'anthropic',
    base_url: 'https://res.services.ai.azure.com/anthropic',
  });
  t.match(providers!['azure_ai-2'], {
    kind: 'azure',
    base_url: 'https://res.services.ai.azure.com/openai/v1',
  });
  t.strictSame(providers!['groq'], {
    kind: 'openai',
    base_url: 'https://api.groq.com/openai/v1',
    api_key: `\${GROQ_API_KEY}`,
    headers: { 'X-Team': 'search' },
  });
  t.strictSame(models!['flash'], {
    strategy: 'least-latency',
    targets: ['vertex_ai/gemini-2.5-flash', { target: 'gemini/gemini-2.5-flash', weight: 2 }],
  });
  for (const lost of ['vertex-claude', 'unknown']) t.notOk(lost in models!, lost);
});

t.test('names with * are providers, and keys of one provider a pool', async (t) => {
  const wild = imported(configs.get('wildcards.yaml')!);
  const { providers, models } = made(wild, 'gateway.yaml') as Record<string, Record<string, Json>>;
  t.strictSame(providers!['openai'], {
    kind: 'openai',
    api_key: [`\${OPENAI_API_KEY}`, `\${OPENAI_API_KEY_2}`],
  });
  t.match(providers!['team'], { base_url: 'https://api.groq.com/openai/v1' });
  t.match(models, { smart: /^openai(-2)?\/gpt-5\.2$/ });
  t.match(made(wild, 'policies/70-fallback.yaml'), { chains: { smart: ['anthropic/claude-opus-4-8'] } });
  const listed = wild.findings.map(({ key, line }) => `${line} ${key}`);
  for (const key of [
    '13 model_list[5].litellm_params',
    '14 model_list[6]',
    '20 include',
    '21 guardrails',
    '24 mcp_servers',
  ]) {
    t.ok(listed.includes(key), key);
  }
});

t.test('what is merged in from an anchor counts, and what stands beside it wins', async (t) => {
  const result = imported(configs.get('anchors.yaml')!);
  t.match(made(result, 'gateway.yaml'), {
    providers: { openai: { api_key: `\${TEAM_OPENAI_KEY}` }, 'openai-2': { organization: 'org-eu' } },
    models: { 'gpt-4o': [{ target: 'openai/gpt-4o', rpm: 50 }], 'gpt-4o-mini': [{ rpm: 500 }] },
  });
  t.strictSame(result.variables, ['TEAM_OPENAI_KEY']);
});

t.test('secrets of the file go to files of their own, and nowhere else', async (t) => {
  const secrets: readonly (readonly [string, string])[] = [
    ['quickstart.yaml', 'sk-1234-not-a-real-one'],
    ['clouds.yaml', 'AIza-not-a-real-one'],
    ['clouds.yaml', `literal-\${not}-a-reference`],
    ['clouds.yaml', 'Bearer abc'],
  ];
  for (const [name, secret] of secrets) {
    const { files, ...rest } = imported(configs.get(name)!);
    for (const file of files) if (!file.secret) t.notOk(file.text.includes(secret), file.path);
    t.notOk(JSON.stringify(rest).includes(secret), name);
  }
  const { files } = clouds;
  t.strictSame(
    files.filter(({ secret }) => secret).map(({ path }) => path),
    ['secrets/GEMINI_KEY', 'secrets/openai-api-key'],
  );
  t.match(made(clouds, 'gateway.yaml'), {
    providers: { gemini: { api_key: `\${file:secrets/GEMINI_KEY}` } },
  });
});

t.test('an address of the file’s own never gets the usual key of another server', async (t) => {
  const text =
    'model_list: [{ model_name: a, litellm_params: { model: openai/x, api_base: "http://elsewhere.example/v1" } }]';
  t.strictSame(made(imported(text), 'gateway.yaml')['providers'], {
    openai: { kind: 'openai', base_url: 'http://elsewhere.example/v1' },
  });
});

t.test('what is no configuration of LiteLLM is refused', async (t) => {
  for (const text of ['[]', 'a: 1', 'model_list: [', '']) t.throws(() => imported(text), ProblemsError);
});
