import t, { type Test } from 'tap';
import { createGateway } from '../../core/gateway.ts';
import { ProblemsError } from '../../core/problem.ts';
import { silentLog } from '../../core/services/log.ts';
import type { AnyPlugin } from '../../sdk/plugin.ts';
import { definePlugin } from '../../sdk/plugin.ts';

const config = {
  name: 'gateway.yaml',
  text: 'auth: { master_key: sk-master-0123456789 }\nproviders: { mock: { kind: mock } }\nmodels: { cheap: mock/gpt, smart: mock/gpt-large }\n',
};
const tenants = `plugin: keys
tenants:
  acme: { plan: enterprise, region: eu, allowed_models: [cheap, smart] }
  trial: { plan: free, allowed_models: [cheap] }
`;

/** A gateway with a real database and the keys plugin. */
async function start(
  t: Test,
  policies: Record<string, string> = { '10-keys.yaml': tenants },
  more: { plugins?: readonly AnyPlugin[]; config?: typeof config | null; data?: string } = {},
) {
  const gateway = await createGateway({
    config: more.config === undefined ? config : more.config,
    policies,
    env: {},
    data: more.data ?? t.testdir(),
    services: { log: silentLog },
    ...(more.plugins === undefined ? undefined : { plugins: more.plugins }),
  });
  t.teardown(() => gateway.close());
  const send = (method: string, path: string, key: string | null, body?: object, headers: object = {}) =>
    gateway.request(
      new Request(`http://gateway.test${path}`, {
        method,
        headers: {
          'content-type': 'application/json',
          ...(key === null ? undefined : { authorization: `Bearer ${key}` }),
          ...headers,
        },
        ...(body === undefined ? undefined : { body: JSON.stringify(body) }),
      }),
    );
  const admin = async (path: string, body: object) =>
    (await (await send('POST', path, 'sk-master-0123456789', body)).json()) as Record<string, unknown>;
  const generate = async (body: object = {}) => (await admin('/key/generate', body))['key'] as string;
  const ask = (key: string | null, model = 'cheap', headers: object = {}) =>
    send(
      'POST',
      '/v1/chat/completions',
      key,
      { model, messages: [{ role: 'user', content: 'Hi' }] },
      headers,
    );
  return { gateway, send, admin, generate, ask };
}

async function refusal(answer: Response): Promise<string> {
  const { error } = (await answer.json()) as { error: { code: string } };
  return `${answer.status} ${error.code}`;
}

t.test('a key lets in, and every other credential is refused with its reason', async (t) => {
  const { ask, admin, generate, send } = await start(t);
  const key = await generate({ key_alias: 'app' });
  t.equal((await ask(key)).status, 200);
  t.equal((await ask('sk-master-0123456789')).status, 200, 'the master key');
  t.equal(await refusal(await ask(null)), '401 invalid_api_key');
  t.equal(await refusal(await ask('sk-nobody')), '401 invalid_api_key');
  await admin('/key/block', { key });
  t.equal(await refusal(await ask(key)), '401 key_blocked');
  await admin('/key/unblock', { key });
  t.equal((await ask(key)).status, 200);
  const renewed = (await admin('/key/regenerate', { key }))['key'] as string;
  t.equal(await refusal(await ask(key)), '401 key_expired');
  t.equal((await ask(renewed)).status, 200);
  await admin('/key/delete', { keys: [renewed] });
  t.equal(await refusal(await ask(renewed)), '401 invalid_api_key');
  t.equal(await refusal(await send('POST', '/key/generate', key, {})), '401 invalid_api_key', 'not for keys');
});

t.test('every inference endpoint wants a key, and none tells models without one', async (t) => {
  const { send, generate } = await start(t);
  const key = await generate();
  const messages = [{ role: 'user', content: 'Hi' }];
  for (const [path, body] of Object.entries({
    '/v1/chat/completions': { model: 'cheap', messages },
    '/chat/completions': { model: 'cheap', messages },
    '/v1/completions': { model: 'cheap', prompt: 'Hi' },
    '/v1/embeddings': { model: 'cheap', input: 'Hi' },
    '/v1/messages': { model: 'cheap', max_tokens: 10, messages },
    '/v1/messages/count_tokens': { model: 'cheap', messages },
    '/v1/responses': { model: 'cheap', input: 'Hi' },
  })) {
    t.equal((await send('POST', path, null, body)).status, 401, path);
    t.equal((await send('POST', path, 'sk-wrong', body)).status, 401, path);
    t.equal((await send('POST', path, key, body)).status, 200, path);
  }
  for (const path of ['/v1/models', '/v1/models/cheap']) {
    t.equal((await send('GET', path, null)).status, 401, path);
    t.equal((await send('GET', path, key)).status, 200, path);
  }
  for (const path of ['/key/list', '/key/info?key=x', '/cost/report', '/spend/logs', '/v1/decisions/req_1']) {
    t.equal((await send('GET', path, key)).status, 401, `${path} is for the master key`);
  }
});

t.test('models and tenants of a key are its limits', async (t) => {
  const { ask, generate, gateway } = await start(t);
  const narrow = await generate({ models: ['che*'] });
  t.equal((await ask(narrow, 'cheap')).status, 200);
  t.equal(await refusal(await ask(narrow, 'smart')), '403 model_not_allowed');

  const trial = await generate({ tenant_id: 'trial' });
  const answer = await ask(trial, 'cheap');
  t.match(gateway.trace(answer.headers.get('x-request-id')!), { tenant: 'trial' });
  t.equal(await refusal(await ask(trial, 'smart')), '403 model_not_allowed', "the tenant's list");
  t.equal(await refusal(await ask(trial, 'cheap', { 'x-tenant-id': 'acme' })), '403 tenant_not_allowed');
  t.equal((await ask(trial, 'cheap', { 'x-tenant-id': 'trial' })).status, 200);

  const free = await generate();
  t.equal((await ask(free, 'smart', { 'x-tenant-id': 'acme' })).status, 200);
  t.equal(await refusal(await ask(free, 'smart', { 'x-tenant-id': 'trial' })), '403 model_not_allowed');
  t.equal(await refusal(await ask(free, 'cheap', { 'x-tenant-id': 'made-up' })), '403 tenant_not_allowed');
});

t.test('keys outlive a restart, the plain text of none is kept', async (t) => {
  const data = t.testdir();
  const first = await start(t, undefined, { data });
  const key = await first.generate();
  await first.gateway.close();
  const second = await start(t, undefined, { data });
  t.equal((await second.ask(key)).status, 200);
  const { readdirSync, readFileSync } = await import('node:fs');
  for (const file of readdirSync(data)) {
    t.notMatch(readFileSync(`${data}/${file}`).toString('latin1'), key.slice(3), file);
  }
});

t.test(
  'without a master key a local gateway stays open, but a key that does not work is refused',
  async (t) => {
    const { ask } = await start(t, { '10-keys.yaml': 'plugin: keys' }, { config: null });
    t.equal((await ask(null)).status, 200);
    t.equal((await ask('anything')).status, 200, 'clients send something by habit');
    const strict = await start(t, { '10-keys.yaml': 'plugin: keys\nrequired: true' }, { config: null });
    t.equal(await refusal(await strict.ask(null)), '401 invalid_api_key');
    t.equal(await refusal(await strict.ask('anything')), '401 invalid_api_key');
  },
);

t.test('nothing gets past the plugin: no match, no on_failure open, no answer before it', async (t) => {
  for (const setting of ['match: tenant.id = "x"', 'on_failure: open']) {
    await t.rejects(start(t, { '10-keys.yaml': `plugin: keys\n${setting}` }), ProblemsError, setting);
  }
  const early = definePlugin({
    name: 'early',
    summary: 'Answers everything.',
    schema: { type: 'object' },
    needs: [],
    onFailure: 'open',
    setup: () => ({
      onRequest: () => ({
        type: 'respond' as const,
        chunks: [
          { type: 'text' as const, choice: 0, text: 'secret' },
          { type: 'finish' as const, choice: 0, reason: 'stop' as const },
        ],
      }),
    }),
  });
  const { ask, generate } = await start(
    t,
    { '05-early.yaml': 'plugin: early', '10-keys.yaml': 'plugin: keys' },
    { plugins: [early] },
  );
  const answer = await ask(null);
  t.equal(answer.status, 503);
  t.notMatch(await answer.text(), 'secret');
  t.equal((await ask(await generate())).status, 503, 'the order of the folder is wrong for everybody');
});

t.test('whoever decides must decide: every such plugin, in onRequest', async (t) => {
  const gate = (name: string, setup: AnyPlugin['setup']) =>
    ({
      name,
      summary: 'Decides who may pass.',
      schema: { type: 'object' },
      needs: [],
      onFailure: 'closed',
      authenticates: true,
      setup,
    }) as AnyPlugin;
  const idle = gate('idle', () => ({ settled: () => undefined }));
  await t.rejects(start(t, { '10-idle.yaml': 'plugin: idle' }, { plugins: [idle] }), ProblemsError);

  const first = gate('first', () => ({ onRequest: () => undefined }));
  const canned = definePlugin({
    name: 'canned',
    summary: 'Answers everything.',
    schema: { type: 'object' },
    needs: [],
    onFailure: 'open',
    setup: () => ({
      onRequest: () => ({
        type: 'respond' as const,
        chunks: [{ type: 'text' as const, choice: 0, text: 'secret' }],
      }),
    }),
  });
  const files = {
    '05-first.yaml': 'plugin: first',
    '07-canned.yaml': 'plugin: canned',
    '10-keys.yaml': 'plugin: keys',
  };
  const { ask } = await start(t, files, { plugins: [first, canned] });
  t.equal((await ask(null)).status, 503, 'the second one had not decided yet');
});

t.test('without the plugin only the master key lets in', async (t) => {
  const { ask, generate } = await start(t, {});
  const key = await generate();
  t.equal(await refusal(await ask(key)), '401 invalid_api_key');
  t.equal((await ask('sk-master-0123456789')).status, 200);
});
