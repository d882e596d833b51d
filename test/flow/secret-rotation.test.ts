// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references look like this

import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createGateway } from '../../core/gateway.ts';
import type { Gateway } from '../../core/runtime/gateway.ts';
import {
  chatEvents,
  FakeClock,
  type RecordingLog,
  recordingLog,
  ScriptedUpstream,
} from '../../core/testing.ts';
import type { UpstreamRequest } from '../../sdk/transport.ts';
import { FakeVault } from '../core/secrets/fake-vault.ts';

t.setTimeout(240_000);

interface Ready {
  readonly status: string;
  readonly policies: { readonly last_change: string };
  readonly secrets: {
    status: string;
    failing: number;
    references?: { reference: string; problem: string }[];
  };
}

interface Bench {
  /** Value of a metric without or with these labels. */
  metric(name: string): Promise<number>;
  readonly upstream: ScriptedUpstream;
  readonly log: RecordingLog;
  ask(stream?: boolean, key?: string): Promise<Response>;
  ready(key?: string): Promise<Ready>;
  /** Moves time on until it fits. Files are read in real time. */
  until(fits: () => boolean | Promise<boolean>): Promise<void>;
  reload(): Promise<unknown>;
}

async function bench(t: Test, text: string, policies: string | Record<string, string> = {}): Promise<Bench> {
  const dir = join(t.testdirName, 'config');
  await mkdir(dir, { recursive: true });
  const config = join(dir, 'gateway.yaml');
  await writeFile(config, text);
  const upstream = new ScriptedUpstream();
  const clock = new FakeClock();
  const log = recordingLog();
  const gateway = await createGateway({
    config,
    policies,
    env: {},
    http: upstream,
    services: { clock, log },
  });
  t.teardown(() => gateway.close());
  const bearer = (key: string | undefined) => (key === undefined ? {} : { authorization: `Bearer ${key}` });
  return {
    upstream,
    log,
    ask: (stream = false, key = undefined) =>
      gateway.request(
        new Request('http://gateway.test/v1/chat/completions', {
          method: 'POST',
          headers: bearer(key),
          body: JSON.stringify({ model: 'test', stream, messages: [{ role: 'user', content: 'Hi' }] }),
        }),
      ),
    ready: async (key) =>
      (await (
        await gateway.request(new Request('http://gateway.test/health/ready', { headers: bearer(key) }))
      ).json()) as Ready,
    metric: (name) => metricOf(gateway, name),
    until: (fits) => until(t, clock, fits),
    reload: () => gateway.reload(),
  };
}

/** Moves time on until it fits, for half a minute at most. Files are read in real time, so each turn waits a little. */
async function until(t: Test, clock: FakeClock, fits: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 30_000;
  while (!(await fits()) && performance.now() < endMs) {
    await clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  t.ok(await fits(), fits.toString());
}

async function metricOf(gateway: Gateway, name: string): Promise<number> {
  const text = await (await gateway.request(new Request('http://gateway.test/metrics'))).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}

async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}

function keysOf(upstream: ScriptedUpstream): (string | undefined)[] {
  return upstream.calls
    .filter(({ request }) => request.path.startsWith('/v1/chat'))
    .map(({ request }) => request.headers['authorization']);
}

/** Time moves fast here: an answer under way must not run out of it. */
const provider = (reference: string) =>
  `server: { request_timeout: 20d }\nproviders: { up: { kind: openai, base_url: 'http://up.test/v1', api_key: "${reference}" } }\nmodels: { test: up/a }\n`;

t.test('a provider key that changes in its file serves the next request, without a restart', async (t) => {
  const dir = t.testdir({ key: 'sk-canary-one\n' });
  const key = join(dir, 'key');
  const { upstream, log, ask, ready, until } = await bench(t, provider(`\${file:${key}}`));
  await ask();
  const stream = upstream.open();
  const events = chatEvents(['Hel', 'lo']);
  const pending = ask(true);
  stream.head();
  stream.event(events[0]!);
  const under = await pending;

  await replace(key, 'sk-canary-two\n');
  await until(async () => {
    await ask();
    return keysOf(upstream).at(-1) === 'Bearer sk-canary-two';
  });
  for (const event of events.slice(1)) stream.event(event);
  stream.end();
  const text = await under.text();
  t.ok(text.includes('"lo"') && text.endsWith('data: [DONE]\n\n'), 'the stream under way ends as it began');
  t.notOk(stream.aborted);
  t.equal(keysOf(upstream)[1], 'Bearer sk-canary-one');
  t.match(await ready(), { status: 'ok', secrets: { status: 'ok', failing: 0 } });
  t.ok(log.lines.some(({ message }) => message === 'changed secrets of the configuration are in use'));
  t.notMatch(JSON.stringify(log.lines), /canary/);
});

t.test('a broken policies folder does not keep a revoked key in use', async (t) => {
  const dir = t.testdir({ key: 'sk-one', policies: { '10-a.yaml': 'plugin: access-log\n' } });
  const { upstream, ask, ready, until, reload } = await bench(
    t,
    provider(`\${file:${join(dir, 'key')}}`),
    join(dir, 'policies'),
  );
  await replace(join(dir, 'policies', '10-a.yaml'), 'plugin: access-lock\n');
  await reload();
  t.match(await ready(), { policies: { last_change: 'refused' } });
  await replace(join(dir, 'key'), 'sk-two');
  await until(async () => {
    await ask();
    return keysOf(upstream).at(-1) === 'Bearer sk-two';
  });
});

t.test('a key that no header can carry is refused, and the one before goes on', async (t) => {
  const dir = t.testdir({ key: 'sk-one' });
  const { upstream, log, ask, ready, metric, until } = await bench(
    t,
    provider(`\${file:${join(dir, 'key')}}`),
  );
  t.equal(await metric('sluice_secrets_stale{source="file"}'), 0);
  await replace(join(dir, 'key'), 'sk-\u{1F511}-canary');
  const complaint = () =>
    log.lines.find(({ message }) => message.startsWith('changed secrets were not taken'));
  await until(() => complaint() !== undefined);
  t.match(JSON.stringify(complaint()), /holds a character that no header can carry/);
  t.notMatch(JSON.stringify(log.lines), /canary/);
  await ask();
  t.equal(keysOf(upstream).at(-1), 'Bearer sk-one');
  await until(async () => (await ready()).secrets.status === 'stale');
  t.equal(await metric('sluice_secrets_stale{source="file"}'), 1);
  await replace(join(dir, 'key'), 'sk-two');
  await until(async () => (await ready()).secrets.status === 'ok');
  t.equal(await metric('sluice_secrets_stale{source="file"}'), 0);
});

t.test('the master key rotates too, and only its owner sees which secrets are stale', async (t) => {
  const dir = t.testdir({ master: 'sk-old', key: 'sk-one' });
  const { ask, ready, until } = await bench(
    t,
    `auth: { master_key: "\${file:${join(dir, 'master')}}" }\n${provider(`\${file:${join(dir, 'key')}}`)}`,
  );
  t.equal((await ask(false, 'sk-old')).status, 200);
  await replace(join(dir, 'master'), 'sk-new');
  await until(async () => (await ask(false, 'sk-new')).status === 200);
  t.equal((await ask(false, 'sk-old')).status, 401);

  await rename(join(dir, 'key'), join(dir, 'gone'));
  await until(async () => (await ready()).secrets.failing === 1);
  t.strictSame((await ready()).secrets, { status: 'stale', failing: 1 });
  t.equal((await ready()).status, 'ok', 'it serves as before');
  t.match((await ready('sk-new')).secrets.references, [
    { reference: `file:${join(dir, 'key')}`, problem: 'does not exist' },
  ]);
  t.equal((await ask(false, 'sk-new')).status, 200);
});

t.test('keys come from a Vault, which may go away and come back with others', async (t) => {
  const vault = new FakeVault();
  vault.tokens.add('hvs.given');
  vault.secrets.set('secret/data/openai', { key: 'sk-canary-one' });
  const dir = t.testdir({ token: 'hvs.given' });
  let down = false;
  const route = (request: UpstreamRequest) => {
    if (request.origin !== 'https://vault.test') return { json: {}, status: 200 };
    return down ? { failure: { kind: 'connect', message: 'down' } as const } : vault.reply(request);
  };
  const text = [
    `secrets: { vault: { address: 'https://vault.test', token: "\${file:${join(dir, 'token')}}", refresh: 30s } }`,
    provider('${vault:secret/data/openai#key}'),
  ].join('\n');
  const config = { name: 'gateway.yaml', text };
  const upstream = new ScriptedUpstream();
  upstream.otherwise(route);
  const clock = new FakeClock();
  const log = recordingLog();
  const gateway = await createGateway({
    config,
    policies: {},
    env: {},
    http: upstream,
    services: { clock, log },
  });
  t.teardown(() => gateway.close());
  const asked = async () => {
    await gateway.request(
      new Request('http://gateway.test/v1/chat/completions', {
        method: 'POST',
        body: JSON.stringify({ model: 'test', messages: [{ role: 'user', content: 'Hi' }] }),
      }),
    );
    return upstream.calls.findLast(({ request }) => request.origin === 'http://up.test')!.request.headers[
      'authorization'
    ];
  };
  const turns = (fits: () => Promise<boolean>) => until(t, clock, fits);
  t.equal(await asked(), 'Bearer sk-canary-one');
  down = true;
  vault.secrets.set('secret/data/openai', { key: 'sk-canary-two' });
  await turns(async () =>
    log.lines.some(({ message }) => message.startsWith('a secret could not be read again')),
  );
  t.equal(await asked(), 'Bearer sk-canary-one');
  const stale = () => metricOf(gateway, 'sluice_secrets_stale_seconds{source="vault"}');
  await turns(async () => (await stale()) > 60);
  t.equal(await metricOf(gateway, 'sluice_secrets_stale{source="vault"}'), 1);
  t.equal(await metricOf(gateway, 'sluice_secrets_stale{source="file"}'), 0);
  down = false;
  await turns(async () => (await asked()) === 'Bearer sk-canary-two');
  t.equal(await stale(), 0);
  t.ok(log.lines.some(({ message }) => message === 'a secret can be read again'));
  t.notMatch(JSON.stringify(log.lines), /canary|hvs\./);
});

t.test('secrets of plugin files rotate with them', async (t) => {
  const dir = t.testdir({ hook: 'http://one.test/hook', key: 'sk-one' });
  const { log, until } = await bench(t, provider(`\${file:${join(dir, 'key')}}`), {
    '20-limits.yaml': `plugin: token-limiter\nwarn_webhook: "\${file:${join(dir, 'hook')}}"\n`,
  });
  const loads = () => log.lines.filter(({ message }) => message === 'policies are in use').length;
  const before = loads();
  await replace(join(dir, 'hook'), 'http://two.test/hook');
  await until(() => loads() === before + 1);
});

t.test('a file that is not there at the start is named', async (t) => {
  t.testdir({});
  await t.rejects(bench(t, provider('${file:/nowhere/key}')), /file \/nowhere\/key does not exist/);
  await t.rejects(bench(t, provider('${vault:a/data/b#c}')), /there is no secrets\.vault in gateway\.yaml/);
  await t.rejects(
    bench(t, `secrets: { vault: { address: 'https://v.test', token: '\${vault:a/b#c}' } }\n${provider('x')}`),
    /the settings of the Vault cannot be in the Vault/,
  );
});
