import { statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { sluice } from '../../cli/_terminal.ts';
import { configs, environment, imported } from './_import.ts';

t.test('the result of every configuration passes sluice check', async (t) => {
  for (const [name, text] of configs) {
    const cwd = t.testdir({ [name]: text });
    const ran = await sluice(cwd, ['import', 'litellm', name, '--out', 'new']);
    t.equal(ran.code, 0, ran.err);
    t.match(ran.out, 'values mapped');
    const env = environment(imported(text));
    const checked = await sluice(
      cwd,
      ['check', '--config', 'new/gateway.yaml', '--policies', 'new/policies'],
      env,
    );
    t.equal(checked.code, 0, `${name}: ${checked.err}`);
  }
});

t.test('what is listed has file, line and what to do, the most important first', async (t) => {
  const cwd = t.testdir({ 'config.yaml': configs.get('production.yaml')! });
  const { out } = await sluice(cwd, ['import', 'litellm', 'config.yaml']);
  const todo = out.indexOf('something is left to do');
  t.ok(todo > 0 && todo < out.indexOf('not needed'));
  t.match(out, /config\.yaml:\d+:\d+ {2}litellm_settings\.callbacks: Python does not run here/);
  t.match(out, /config\.yaml:\d+:\d+ {2}general_settings\.custom_auth: Python/);
  t.match(out, /Set before it starts: .*AZURE_API_KEY_EU/);
  const { out: json } = await sluice(cwd, ['import', 'litellm', 'config.yaml', '--json', '--out', 'again']);
  t.match(JSON.parse(json), {
    folder: 'again',
    providers: 4,
    mapped: [{ line: Number }],
    findings: [{ line: Number }],
  });
});

t.test('nothing that is there is replaced without --force; secrets are for their owner', async (t) => {
  const cwd = t.testdir({
    'config.yaml': configs.get('quickstart.yaml')!,
    imported: { 'gateway.yaml': 'mine' },
  });
  const refused = await sluice(cwd, ['import', 'litellm', 'config.yaml']);
  t.match(refused, { code: 1, err: /nothing was written: gateway\.yaml in imported/ });
  t.throws(() => statSync(join(cwd, 'imported/policies')));
  t.equal((await sluice(cwd, ['import', 'litellm', 'config.yaml', '--force'])).code, 0);
  t.equal(statSync(join(cwd, 'imported/secrets/master-key')).mode & 0o077, 0);
});

t.test('what cannot be read is said', async (t) => {
  const cwd = t.testdir({ 'broken.yaml': 'model_list: [', 'other.yaml': 'a: 1' });
  t.match(await sluice(cwd, ['import', 'litellm', 'broken.yaml']), { code: 1, err: /^broken\.yaml:1/ });
  t.match(await sluice(cwd, ['import', 'litellm', 'other.yaml']), {
    code: 1,
    err: /expected a config\.yaml of LiteLLM/,
  });
  t.match(await sluice(cwd, ['import', 'litellm', 'nowhere.yaml']), { code: 2, err: /does not exist/ });
  t.match(await sluice(cwd, ['import', 'portkey']), { code: 2 });
});
