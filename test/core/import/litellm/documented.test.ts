import { readFileSync } from 'node:fs';
import t from 'tap';
import { stringify } from 'yaml';
import { documentedAdvice } from '../../../../core/import/litellm/documented.ts';
import { imported } from './_import.ts';

const file = new URL('../../../fixtures/litellm/documented-settings.json', import.meta.url);
const documented = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, readonly string[]>>;

/** A configuration with one setting, of whatever kind it is. */
const places: Readonly<Record<string, (setting: object) => object>> = {
  litellm_settings: (setting) => ({ litellm_settings: setting }),
  general_settings: (setting) => ({ general_settings: setting }),
  router_settings: (setting) => ({ router_settings: setting }),
  cache_params: (setting) => ({ litellm_settings: { cache: true, cache_params: setting } }),
  litellm_params: (setting) => ({
    model_list: [{ model_name: 'a', litellm_params: { model: 'openai/gpt-4o', ...setting } }],
  }),
  model_info: (setting) => ({
    model_list: [{ model_name: 'a', litellm_params: { model: 'openai/gpt-4o' }, model_info: setting }],
  }),
};

for (const [section, place] of Object.entries(places)) {
  t.test(
    `every setting of ${section} that LiteLLM documents is mapped, or told of in words of its own`,
    async (t) => {
      const names = documented[section]!;
      t.ok(names.length > 15);
      const unknown = names.filter((name) =>
        ['text', 7, true, ['text'], { key: 'text' }].some((value) => {
          const { findings } = imported(stringify(place({ [name]: value })));
          return findings.some(({ message }) => /no such setting/.test(message));
        }),
      );
      t.strictSame(unknown, []);
    },
  );
}

t.test('a setting that nobody documents is told of too', async (t) => {
  const { findings } = imported('litellm_settings: { no_such_thing: 1, callbacks: [otel] }\n');
  t.match(
    findings.map(({ key, message }) => [key, message]),
    [
      ['litellm_settings.no_such_thing', /no such setting/],
      ['litellm_settings.callbacks[0]', /OpenTelemetry/],
    ],
  );
});

t.test('settings are told of one by one, also where nothing of their section was imported', async (t) => {
  const { findings } = imported('general_settings:\n  enable_oauth2_auth: true\n  allowed_ips: [10.0.0.1]\n');
  t.match(
    findings.map(({ key, line }) => [key, line]),
    [
      ['general_settings.enable_oauth2_auth', 2],
      ['general_settings.allowed_ips', 3],
    ],
  );
});

t.test(
  'files with other parts of a configuration only are read, and what is no configuration is refused',
  async (t) => {
    t.match(imported('guardrails: [{ guardrail_name: a }]\n').findings, [
      { key: 'guardrails', kind: 'todo' },
    ]);
    t.match(imported('model_list: []\n').findings, [{ key: 'model_list' }]);
    t.throws(() => imported('services: { web: { image: nginx } }\n'), /expected a config\.yaml of LiteLLM/);
  },
);

t.test('advice names no path that a table would never look up', (t) => {
  for (const path of Object.keys(documentedAdvice)) t.match(path, /^[\w[\]]+(?:\.[\w[\]]+)*$/);
  t.end();
});
