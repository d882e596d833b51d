import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { createApp } from '../../../core/server/app.ts';
import { MasterKey } from '../../../core/server/auth.ts';
import { keyRoutes } from '../../../core/server/key-routes.ts';
import { Secret } from '../../../sdk/secret.ts';
import { oneGateway } from '../keys/_gateways.ts';
import { sluice } from './_terminal.ts';

/** A gateway's routes of keys on a port, and the command that talks to them. */
async function gateway() {
  const keys = await oneGateway({
    spend: () => ({
      spentNanoUsd: 1_500_000_000,
      totalNanoUsd: 2_500_000_000,
      tokensToday: 7,
      heldNanoUsd: 20_000_000,
      holds: [{ id: 'req_1|limits|1', owner: 'node-1', amount: 20_000_000, expiresAtMs: 0 }],
    }),
  });
  const auth = new MasterKey(new Secret('sk-master'));
  const routes = keyRoutes({ auth: () => auth, keys: () => keys.admin, log: keys.log });
  const server = createServer(createApp(routes).node);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { SLUICE_URL: url, SLUICE_MASTER_KEY: 'sk-master' };
  return {
    ...keys,
    url,
    key: (...args: readonly string[]) => sluice('.', ['key', ...args], env),
    async close() {
      await keys.directory.close();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

const fieldOf = (text: string, field: string) => new RegExp(`^${field} +(.*)$`, 'm').exec(text)?.[1] ?? '';

t.test('a key is made, shown, listed, changed, rotated and revoked', async (t) => {
  const { key, directory, close } = await gateway();
  const made = await key(
    ...['create', '--alias', 'bot', '--models', 'support-*, openai/gpt-5.2', '--max-budget', '$20'],
    ...['--budget-duration', '1mo', '--rpm', '300', '--daily-token-cap', '2_000_000', '--tenant', 'acme'],
    ...['--metadata', '{"team":"support"}', '--duration', '30d'],
  );
  t.equal(made.code, 0);
  t.match(made.err, /shown this once/);
  const secret = fieldOf(made.out, 'key');
  t.ok(directory.find(secret).ok);
  t.equal(fieldOf(made.out, 'models'), 'support-*, openai/gpt-5.2');
  t.equal(fieldOf(made.out, 'daily_token_cap'), '2000000');
  t.equal(fieldOf(made.out, 'metadata'), '{"team":"support"}');

  const info = await key('info', 'bot');
  t.equal(fieldOf(info.out, 'spend'), '1.5');
  t.match(fieldOf(info.out, 'hold'), /"request_id":"req_1"/);
  t.notMatch(info.out, secret);

  const list = await key('list', '--tenant', 'acme');
  t.strictSame(list.out.split('\n')[0]!.split(/ {2,}/), [
    ...['key', 'alias', 'tenant', 'status', 'expires', 'budget', 'spent', 'resets', 'models', 'token'],
  ]);
  t.match(list.out, /sk-….{4} +bot +acme +active +2026-01-31T00:00:00Z +\$20 +\$1\.5 +2026-02-01T00:00:00Z/);
  t.equal(list.err, 'keys: 1; page 1 of 1\n');

  const updated = await key('update', 'bot', '--rpm', 'none', '--block');
  t.equal(updated.code, 0);
  t.notOk(fieldOf(updated.out, 'rpm_limit'));
  t.match(directory.find(secret), { code: 'key_blocked' });
  t.equal((await key('update', 'bot', '--unblock')).code, 0);

  const rotated = await key('rotate', 'bot', '--grace', '24h', '--json');
  const next = JSON.parse(rotated.out) as { key: string; token: string };
  t.ok(directory.find(secret).ok);
  t.ok(directory.find(next.key).ok);

  t.strictSame(await key('revoke', 'bot'), { code: 0, out: `revoked ${next.token}\n`, err: '' });
  t.notOk(directory.find(secret).ok);
  await close();
});

t.test('what the gateway refuses is said and ends with 1', async (t) => {
  const { key, url, close } = await gateway();
  const wrong = await key('create', '--max-budget', '-5');
  t.match(wrong, { code: 2, err: /--max-budget/ }, 'a dash begins an option');
  const refused = await key('create', '--max-budget=-5', '--duration', 'soon');
  t.match(refused, { code: 1, out: '', err: /^sluice key: 2 problems\. .*duration/ });
  t.match(await key('info', 'nobody'), { code: 1, err: /There is no key "nobody"/ });
  t.match(await key('list', '--size', '1000'), { code: 1, err: /size: expected/ });
  t.match(await key('list', '--master-key', 'sk-wrong'), { code: 1, err: /not known here/ });
  t.match(await sluice('.', ['key', 'list', '--url', url]), { code: 1, err: /No API key came/ });
  await close();
  t.match(await key('list'), { code: 1, err: /no gateway answers at/ });
});

t.test('a command that is used wrongly ends with 2 and asks nobody', async (t) => {
  const env = { SLUICE_URL: 'http://127.0.0.1:1' };
  for (const [args, message] of [
    [[], /expected one of create, list, info, update, revoke, rotate; got nothing/],
    [['make'], /got "make"/],
    [['constructor'], /got "constructor"/],
    [['create', 'bot'], /expected 0 arguments/],
    [['create', '--rpm', 'many'], /--rpm expects a number, got "many"/],
    [['create', '--metadata', '{'], /--metadata expects a JSON object/],
    [['create', '--models', ' , '], /--models expects names/],
    [['create', '--modles', 'a'], /--modles/],
    [['info'], /expected 1 arguments/],
    [['update', 'bot'], /expected a field to change/],
    [['update', 'bot', '--block', '--unblock'], /--block or --unblock/],
    [['revoke'], /expected 1 to 100 arguments/],
    [['rotate'], /expected 1 arguments/],
  ] as const) {
    t.match(await sluice('.', ['key', ...args], env), { code: 2, out: '', err: message });
  }
  const { code, out } = await sluice('.', ['key', '--help'], env);
  t.equal(code, 0);
  t.match(out, /sluice key rotate KEY/);
});

t.test('no keys are an empty list, and what a terminal obeys does not reach it', async (t) => {
  const { key, store, directory, admin, close } = await gateway();
  t.match(await key('list'), { code: 0, err: 'keys: 0; page 1 of 0\n' });
  const { token } = await admin.generate({});
  const record = (await store.get(token as string))!;
  await store.put({ ...record, alias: 'a\u001b[2J\u202eb' }, record.updatedAtMs);
  await directory.sync();
  const { out } = await key('list');
  t.match(out, /a\?\[2J\?b/);
  await close();
});
