import t from 'tap';
import { SecretError } from '../../../core/secrets/source.ts';
import { vaultSettings } from '../../../core/secrets/vault/settings.ts';
import { VaultSource } from '../../../core/secrets/vault/vault-source.ts';
import { systemClock } from '../../../core/services/clock.ts';
import { createHttpTransport } from '../../../core/upstream/http-transport.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import { FakeClock, settled } from '../../../sdk/testing/clock.ts';
import { recordingLog } from '../../../sdk/testing/fakes.ts';
import { ScriptedUpstream } from '../../../sdk/testing/upstream.ts';
import { FakeVault } from './fake-vault.ts';

const key = 'secret/data/openai#key';
const kubernetes = { role: 'sluice', mount: 'kubernetes', jwt_file: '/run/jwt' };

function make(login: JsonObject = { kubernetes }) {
  const vault = new FakeVault();
  vault.secrets.set('secret/data/openai', { key: 'sk-one', org: 'acme', number: 7, empty: '' });
  const http = new ScriptedUpstream().otherwise(vault.reply);
  const clock = new FakeClock();
  const log = recordingLog();
  const settings = vaultSettings({ address: 'https://vault.test:8200/', refresh: 60_000, ...login });
  const readFile = async (path: string) => {
    if (path === '/run/jwt') return 'the-jwt\n';
    throw Object.assign(new Error('none'), { code: 'ENOENT' });
  };
  const source = new VaultSource(settings, { http, clock, log: () => log, readFile });
  t.teardown(() => source.close());
  return { vault, http, clock, log, source };
}

/** Runs what waits for time to pass, without letting a call run out of its own. */
async function inTime<T>(clock: FakeClock, work: Promise<T>, stepMs = 100): Promise<T> {
  let done = false;
  const end = () => {
    done = true;
  };
  work.then(end, end);
  for (let step = 0; step < 40 && !done; step += 1) await clock.advance(stepMs);
  return work;
}

t.test('a secret is read with the token of a kubernetes login, which is shared', async (t) => {
  const { source, vault } = make();
  t.strictSame(await Promise.all([source.read(key), source.read('secret/data/openai#org')]), [
    'sk-one',
    'acme',
  ]);
  t.strictSame(vault.paths, ['auth/kubernetes/login', 'secret/data/openai']);
  t.match(vault.asked, [
    { token: null, body: { role: 'sluice', jwt: 'the-jwt' } },
    { token: 'hvs.1', headers: { 'x-vault-request': 'true' } },
  ]);
  t.equal(await source.read('secret/data/openai#number'), '7');
});

t.test('AppRole and namespaces work, on a path of their own', async (t) => {
  const { source, vault } = make({
    namespace: 'team-a',
    approle: { role_id: 'the-role', secret_id: 'the-secret', mount: 'ci/approle' },
  });
  // The fake knows one segment only.
  await t.rejects(source.read(key), {
    message: /refused the approle login at auth\/ci\/approle with status 403/,
  });
  t.match(vault.asked[0], { path: 'auth/ci/approle/login', headers: { 'x-vault-namespace': 'team-a' } });
  const plain = make({ approle: { role_id: 'the-role', secret_id: 'the-secret', mount: 'approle' } });
  t.equal(await plain.source.read(key), 'sk-one');
});

t.test('a token is renewed at two thirds of its life, and another is fetched near its longest', async (t) => {
  const { source, vault, clock } = make();
  vault.leaseSeconds = 300;
  await source.read(key);
  await clock.advance(200_000);
  t.equal(vault.paths.filter((path) => path === 'auth/token/renew-self').length, 1);
  await source.read(key);
  t.equal(vault.asked.at(-1)!.token, 'hvs.1');
  vault.renewSeconds = 20;
  await clock.advance(200_000);
  await source.read(key);
  t.equal(vault.asked.at(-1)!.token, 'hvs.2');
});

t.test('a given token is looked up, and one that cannot be renewed is complained of in time', async (t) => {
  const { source, vault, clock, log } = make({ token: 'hvs.given' });
  vault.tokens.add('hvs.given');
  vault.renewable = false;
  t.equal(await source.read(key), 'sk-one');
  t.strictSame(vault.paths, ['auth/token/lookup-self', 'secret/data/openai']);
  await clock.advance(2_400_000);
  t.match(log.lines, [{ level: 'warn', message: /was not renewed/ }]);
});

t.test('a token that was revoked is replaced, once; one that was given is not', async (t) => {
  const { source, vault, clock } = make();
  await source.read(key);
  vault.tokens.clear();
  await clock.advance(2_000);
  t.equal(await source.read(key), 'sk-one');
  t.equal(vault.asked.at(-1)!.token, 'hvs.2');

  const given = make({ token: 'hvs.wrong' });
  await t.rejects(given.source.read(key), {
    message: /secret\/data\/openai: Vault denies it; the policy of the token/,
  });
});

t.test('what passes is tried three times, and what does not is not', async (t) => {
  const { source, vault, clock } = make();
  vault.failures.push(503, 429);
  t.equal(await inTime(clock, source.read(key)), 'sk-one');
  t.equal(vault.asked.length, 4);

  const down = make();
  down.http.otherwise(() => ({ failure: { kind: 'connect', message: 'https://vault.test is down' } }));
  const problem: unknown = await inTime(down.clock, down.source.read(key)).catch((error: unknown) => error);
  t.ok(problem instanceof SecretError);
  t.equal((problem as Error).message, 'Vault gave no answer in 3 tries: no connection');
  t.equal(down.http.calls.length, 3);

  const slow = make();
  slow.http.otherwise(() => ({ hang: true }));
  const waiting = slow.source.read(key).catch((error: unknown) => error);
  t.match(await inTime(slow.clock, waiting, 1_000), { message: /no whole answer within 10 seconds/ });
  t.equal(slow.clock.pending, 0);
});

t.test('every refusal says what to do', async (t) => {
  const { source, vault } = make();
  const fails = (name: string, message: RegExp) => t.rejects(source.read(name), { message });
  await fails('secret/data/openai#kay', /no field kay; did you mean key\?/);
  await fails('secret/data/openai#empty', /is empty/);
  await fails('secret/openai#key', /nothing there.*MOUNT\/data\/NAME/);
  await fails('secret/data/../sys/x#key', /not understood; expected vault:MOUNT\/data\/NAME#FIELD/);
  await fails('secret/data/openai', /not understood/);
  await fails('secret/data/open?list=true#k', /not understood/);
  vault.secrets.set('secret/data/odd', { list: [1] });
  await fails('secret/data/odd#list', /expected a text/);
  const none = make({ kubernetes: { ...kubernetes, jwt_file: '/run/none' } });
  await t.rejects(none.source.read(key), { message: /token \/run\/none does not exist/ });
});

t.test('settings: one login, and no http to other machines unless it is allowed', async (t) => {
  const settings = (more: JsonObject) => vaultSettings({ address: 'https://v.test', refresh: 1, ...more });
  t.throws(() => settings({}), /expected one of token, kubernetes and approle; came none/);
  t.throws(() => settings({ token: 'a', kubernetes }), /came token and kubernetes/);
  t.throws(() => settings({ address: 'http://v.test:8200', token: 'a' }), /expected https/);
  t.equal(
    settings({ address: 'http://v.test:8200', token: 'a', allow_http: true }).origin,
    'http://v.test:8200',
  );
  t.equal(settings({ address: 'http://127.0.0.1:8200/vault/', token: 'a' }).basePath, '/vault');
  t.throws(() => settings({ address: 'v.test', token: 'sk-secret' }), { message: /^((?!sk-secret).)*$/ });
  t.notMatch(JSON.stringify(settings({ token: 'sk-secret' })), /sk-secret/);
});

t.test('over HTTP, a closed source asks nothing more', async (t) => {
  const vault = new FakeVault();
  vault.secrets.set('secret/data/openai', { key: 'sk-http' });
  const server = await vault.listen();
  t.teardown(() => server.close());
  const http = createHttpTransport({ clock: systemClock });
  t.teardown(() => http.close?.());
  const source = new VaultSource(vaultSettings({ address: server.url, refresh: 1, kubernetes }), {
    http,
    clock: systemClock,
    log: recordingLog,
    readFile: async () => 'the-jwt',
  });
  t.equal(await source.read(key), 'sk-http');
  source.close();
  await t.rejects(source.read('secret/data/openai#key'), { message: /closing/ });
  await settled();
  t.equal(vault.asked.length, 2);
});
