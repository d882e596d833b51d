import t from 'tap';
import { KeyAdmin } from '../../../core/keys/admin.ts';
import { hashKey } from '../../../core/keys/secret-key.ts';
import { dayMs } from '../../../sdk/budget/time-span.ts';
import type { KeyRecord } from '../../../sdk/keys.ts';
import { oneGateway, testKeys } from './_gateways.ts';
import { MemoryKeys } from './_memory-keys.ts';

const full = {
  key_alias: 'support bot',
  duration: '30d',
  models: ['support-*', 'openai/gpt-5.2'],
  max_budget: 20,
  soft_budget: 15.5,
  budget_duration: '1mo',
  rpm_limit: 300,
  tpm_limit: 100_000,
  output_tpm_limit: 20_000,
  max_parallel_requests: 8,
  daily_token_cap: 2_000_000,
  tenant_id: 'acme',
  plan: 'enterprise',
  region: 'eu',
  metadata: { team: 'support' },
};

t.test('a key is made with everything that was asked for, and shown', async (t) => {
  const { admin, directory, store } = await oneGateway();
  const answer = await admin.generate(full);
  const key = answer['key'] as string;
  t.match(key, /^sk-[0-9A-Za-z]{43}$/);
  const { key_name, token, token_id, expires, budget_reset_at, created_at, updated_at, ...rest } = answer;
  t.strictSame(
    { key_name, token, token_id, expires, budget_reset_at, created_at, updated_at },
    {
      key_name: `sk-…${key.slice(-4)}`,
      token: hashKey(key),
      token_id: hashKey(key),
      expires: '2026-01-31T00:00:00.000Z',
      budget_reset_at: '2026-02-01T00:00:00.000Z',
      created_at: '2026-01-01T00:00:00.000Z',
      updated_at: '2026-01-01T00:00:00.000Z',
    },
  );
  t.match(rest, { ...full, spend: 0, blocked: false, status: 'active' });
  t.ok(directory.find(key).ok, 'it works at once');
  const [record] = store.all();
  t.match(record, { maxBudgetNanoUsd: 20_000_000_000, softBudgetNanoUsd: 15_500_000_000 });
  t.notMatch(JSON.stringify(record), key, 'nothing of the key itself is kept');
  await directory.close();
});

t.test('a key is made of nothing, too', async (t) => {
  const { admin, directory } = await oneGateway();
  t.match(await admin.generate({}), {
    key: /^sk-/,
    key_alias: null,
    expires: null,
    models: [],
    max_budget: null,
    budget_reset_at: null,
    metadata: {},
    tenant_id: null,
  });
  await directory.close();
});

t.test('everything that is wrong is said in one answer', async (t) => {
  const { admin, directory, store } = await oneGateway();
  const bad = {
    max_budget: -5,
    soft_budget: 'a lot',
    budget_duration: 'monthly',
    duration: '0d',
    models: ['a', ''],
    rpm_limit: 1.5,
    tpm_limit: '100',
    max_paralell_requests: 3,
    team_id: 'x',
    spend: 0,
    tenant_id: 'no spaces',
    metadata: [],
    blocked: 'yes',
    key_alias: ' ',
    key: 'sk-short',
  };
  const error = await admin.generate(bad).then(
    () => t.fail('it was accepted'),
    (error: Error & { status: number; code: string; param: string }) => error,
  );
  t.match(error, { status: 400, code: 'invalid_request', param: 'max_budget' });
  const { message } = error as Error;
  for (const part of [
    /^15 problems\. \(1\) max_budget: expected US dollars, .* came -5 \(2\)/,
    /soft_budget: expected US dollars.*came "a lot"/,
    /budget_duration: expected a duration such as 24h, 30d or 1mo.*came "monthly"/,
    /duration: expected a duration.*came "0d"/,
    /models: expected a list of .* came ""/,
    /rpm_limit: expected a whole number, 0 or more; came 1\.5/,
    /tpm_limit: expected a whole number, 0 or more; came "100"/,
    /max_paralell_requests: unknown field\. Did you mean "max_parallel_requests"\?/,
    /team_id: expected no such field; use "tenant_id"/,
    /spend: expected no such field; the gateway sets it by itself/,
    /tenant_id: expected 1 to 128 characters/,
    /metadata: expected an object; came a list of 0/,
    /blocked: expected true or false; came "yes"/,
    /key_alias: expected 1 to 200 printable characters/,
    /key: expected sk- and 16 to 200 letters/,
  ])
    t.match(message, part);
  t.notMatch(message, /sk-short/, 'what may be somebody else’s key is not repeated');
  t.equal(store.writes, 0);
  await directory.close();
});

t.test('what does not belong into a key is refused', async (t) => {
  const { admin, directory } = await oneGateway();
  let deep: object = {};
  for (let level = 0; level < 5000; level += 1) deep = { deep };
  for (const [body, message] of [
    [{ max_budget: 1e300 }, /US dollars/],
    [{ max_budget: 9_007_200 }, /US dollars/],
    [{ max_budget: '€5' }, /US dollars/],
    [{ max_budget: true }, /US dollars/],
    [{ rpm_limit: 2 ** 53 }, /whole number/],
    [{ rpm_limit: -1 }, /whole number/],
    [{ key_alias: 'sk-looks-like-one' }, /neither a key/],
    [{ key_alias: 'a'.repeat(64) }, /neither a key/],
    [{ key_alias: 'esc\u001b[2J' }, /printable/],
    [{ plan: '\ud800' }, /printable/],
    [{ models: 'gpt' }, /a list of/],
    [{ models: [null] }, /a list of/],
    [{ models: Array.from({ length: 257 }, (_, n) => `m${n}`) }, /at most 256 models/],
    [{ models: Array.from({ length: 100 }, (_, n) => `${n}${'x'.repeat(190)}`) }, /16384 bytes/],
    [{ metadata: { text: 'x'.repeat(9000) } }, /8192 bytes/],
    [{ metadata: deep as Record<string, never> }, /16 levels/],
    [{ soft_budget: 5, max_budget: 4 }, /soft_budget: expected at most max_budget/],
    [JSON.parse('{"__proto__": {"blocked": true}}'), /__proto__: unknown field/],
    [{ constructor: 1 }, /constructor: unknown field/],
  ] as const) {
    await t.rejects(admin.generate(body), { status: 400, message }, String(message));
  }
  await directory.close();
});

t.test('dollars that a program calculated are rounded to the nano-dollar', async (t) => {
  const { admin, directory, store } = await oneGateway();
  await admin.generate({ max_budget: 0.1 + 0.2, soft_budget: '$0.10' });
  t.match(store.all()[0], { maxBudgetNanoUsd: 300_000_000, softBudgetNanoUsd: 100_000_000 });
  await directory.close();
});

t.test('an update changes what it names; null takes a limit away', async (t) => {
  const { admin, directory, clock, store } = await oneGateway();
  const { key, token } = await admin.generate(full);
  clock.jump(dayMs);
  const answer = await admin.update({ key: 'support bot', max_budget: 30, rpm_limit: null, duration: null });
  t.match(answer, {
    ...full,
    duration: undefined,
    key: token,
    max_budget: 30,
    rpm_limit: null,
    expires: null,
    budget_reset_at: '2026-02-01T00:00:00.000Z',
    updated_at: '2026-01-02T00:00:00.000Z',
    created_at: '2026-01-01T00:00:00.000Z',
  });
  await admin.update({ key: key!, models: null, metadata: null });
  t.match(store.all()[0], { models: [], metadata: {}, budgetStartMs: Date.UTC(2026, 0, 1) });
  await t.rejects(admin.update({ key: token!, soft_budget: 31 }), {
    name: 'GatewayError',
    status: 400,
    param: 'soft_budget',
  });
  await t.rejects(admin.update({ max_budget: 1 }), { status: 400, message: /key: expected a key/ });
  await directory.close();
});

t.test('a new budget duration begins a window now, the same one again does not', async (t) => {
  const { admin, directory, clock } = await oneGateway();
  const { key } = await admin.generate({ budget_duration: '30d' });
  clock.jump(dayMs);
  const resets = async (body: Record<string, string | null>) =>
    (await admin.update({ key: key!, ...body }))['budget_reset_at'];
  t.equal(await resets({ budget_duration: '30d' }), '2026-01-31T00:00:00.000Z');
  t.equal(await resets({ budget_duration: '24h' }), '2026-01-03T00:00:00.000Z');
  t.equal(await resets({ budget_duration: null }), null);
  await directory.close();
});

t.test('an alias is of one key only, also when two ask for it at once', async (t) => {
  const store = new MemoryKeys();
  const here = await testKeys(store);
  const there = await testKeys(store, here.clock);
  const both = await Promise.allSettled([
    here.admin.generate({ key_alias: 'x' }),
    here.admin.generate({ key_alias: 'x' }),
  ]);
  t.strictSame(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  await t.rejects(there.admin.generate({ key_alias: 'x' }), { status: 400, message: /"x" is taken/ });
  const { token } = await there.admin.generate({ key_alias: 'y' });
  await t.rejects(here.admin.update({ key: token!, key_alias: 'x' }), { message: /"x" is taken/ });
  await here.admin.update({ key: token!, key_alias: 'y' });
  await here.admin.delete({ key: 'x' });
  await there.admin.update({ key: 'y', key_alias: 'x' });
  t.match(await here.admin.info({ key: 'x' }), { key: token });
  for (const { directory } of [here, there]) await directory.close();
});

t.test('an alias that two gateways gave away at once is named by its tokens', async (t) => {
  const { admin, directory, store } = await oneGateway();
  await admin.generate({ key_alias: 'x' });
  const [record] = store.all() as [KeyRecord];
  await store.put({ ...record, hash: hashKey('sk-other') }, null);
  await t.rejects(admin.block({ key: 'x' }), { status: 400, message: new RegExp(hashKey('sk-other')) });
  await directory.close();
});

t.test('a key of somebody else is taken once', async (t) => {
  const { admin, directory } = await oneGateway();
  const own = 'sk-brought-along-1234';
  t.match(await admin.generate({ key: own }), { key: own, key_name: 'sk-…1234' });
  t.ok(directory.find(own).ok);
  await t.rejects(admin.generate({ key: own }), { status: 400, message: /known already/ });
  await directory.close();
});

t.test('blocked, unblocked, deleted: each is so at once', async (t) => {
  const { admin, directory } = await oneGateway();
  const { key, token } = await admin.generate({});
  t.match(await admin.block({ key: key! }), { key: token, blocked: true, status: 'blocked' });
  t.match(directory.find(key as string), { code: 'key_blocked' });
  t.match(await admin.unblock({ key: token! }), { blocked: false, status: 'active' });
  t.ok(directory.find(key as string).ok);
  t.strictSame(await admin.delete({ keys: [key!, token!] }), { deleted_keys: [token] });
  t.match(directory.find(key as string), { code: 'invalid_api_key' });
  await directory.close();
});

t.test('keys are deleted all or none, by key, token or alias', async (t) => {
  const { admin, directory, store } = await oneGateway();
  const { key } = await admin.generate({ key_alias: 'a' });
  await admin.generate({ key_alias: 'b' });
  const wrong = 'sk-wrong-one-abcd';
  const error = await admin.delete({ keys: [key!, wrong], key_aliases: ['nobody'] }).catch((error) => error);
  t.match(error, { status: 404, code: 'not_found', message: /no key sk-…abcd, "nobody"\./ });
  t.notMatch(error.message, wrong);
  t.equal(store.all().length, 2);
  await admin.delete({ keys: [key!], key_aliases: ['b'] });
  t.equal(store.all().length, 0);
  await t.rejects(admin.delete({}), { name: 'GatewayError', status: 400 });
  await t.rejects(admin.delete({ keys: [] }), { name: 'GatewayError', status: 400 });
  await t.rejects(admin.info({ key: 'a' }), { name: 'GatewayError', status: 404 });
  await directory.close();
});

t.test('a regenerated key has a new secret and is the same key otherwise', async (t) => {
  const { admin, directory, clock, store } = await oneGateway();
  const { key: old, token } = await admin.generate(full);
  clock.jump(dayMs);
  const made = await admin.regenerate({ key: 'support bot', grace_period: '24h' });
  t.match(made, {
    key: /^sk-/,
    key_alias: 'support bot',
    max_budget: 20,
    created_at: '2026-01-01T00:00:00.000Z',
    expires: '2026-01-31T00:00:00.000Z',
    budget_reset_at: '2026-02-01T00:00:00.000Z',
    key_id: token,
  });
  t.not(made['key'], old);
  const find = (key: unknown) => directory.find(key as string);
  t.match(find(old), { ok: true, record: { hash: made['token'] } });
  t.match(find(made['key']), { ok: true, replacedUntilMs: null });
  for (const record of store.all()) t.equal(record.id, token, 'spend stays with the key');
  t.match(await admin.info({ key: old! as string }), {
    info: { status: 'replaced', replaced_by: made['token'], expires: '2026-01-03T00:00:00.000Z' },
  });
  await t.rejects(admin.regenerate({ key: old! }), { status: 400, message: String(made['token']) });
  await t.rejects(admin.update({ key: old!, rpm_limit: 1 }), { status: 400, message: /was replaced/ });
  const third = await admin.regenerate({
    key: made['key']!,
    new_key: 'sk-chosen-by-ourselves',
    max_budget: 40,
  });
  t.match(third, { key: 'sk-chosen-by-ourselves', max_budget: 40, key_id: token });
  t.match(find(made['key']), { code: 'key_expired' });
  t.match(find(old), { code: 'key_expired' });
  t.ok(find(third['key']).ok);
  await directory.close();
});

t.test('a replaced key can still be blocked or deleted by itself', async (t) => {
  const { admin, directory } = await oneGateway();
  const { key } = await admin.generate({});
  const { key: next } = await admin.regenerate({ key: key!, grace_period: '24h' });
  await admin.block({ key: key! });
  t.match(directory.find(key as string), { code: 'key_blocked' });
  t.ok(directory.find(next as string).ok);
  await admin.delete({ key: key! });
  t.match(directory.find(key as string), { code: 'invalid_api_key' });
  await directory.close();
});

t.test('keys that were replaced long ago are cleared away as new ones are regenerated', async (t) => {
  const { admin, directory, clock, store } = await oneGateway();
  let { key } = await admin.generate({});
  for (let day = 0; day < 100; day += 1) {
    clock.jump(dayMs);
    ({ key } = await admin.regenerate({ key: key! }));
  }
  t.ok(store.all().length < 12, `${store.all().length} are left`);
  await directory.close();
});

t.test('a change that others are faster with is tried again, and in the end given up', async (t) => {
  const { admin, directory, store } = await oneGateway();
  const { key } = await admin.generate({ rpm_limit: 1 });
  const put = store.put.bind(store);
  let conflicts = 3;
  store.put = async (record, expected) => {
    conflicts -= 1;
    if (conflicts >= 0 && expected !== null) {
      const current = (await store.get(record.hash))!;
      await put({ ...current, plan: `by others ${conflicts}` }, current.updatedAtMs);
      return false;
    }
    return put(record, expected);
  };
  t.match(await admin.update({ key: key!, rpm_limit: 2 }), { rpm_limit: 2, plan: 'by others 0' });
  conflicts = 99;
  await t.rejects(admin.update({ key: key!, rpm_limit: 3 }), { name: 'GatewayError', status: 409 });
  await t.rejects(admin.regenerate({ key: key! }), { name: 'GatewayError', status: 409 });
  t.equal(store.all().length, 1, 'no new key is left of it');
  await directory.close();
});

t.test('a store that is down says so, and no key is lost or half made', async (t) => {
  const { admin, directory, store } = await oneGateway();
  const { key } = await admin.generate({});
  store.down = true;
  for (const operation of ['generate', 'block', 'delete', 'regenerate'] as const)
    await t.rejects(
      admin[operation](operation === 'generate' ? {} : { key: key! }),
      { name: 'GatewayError', status: 503 },
      operation,
    );
  store.down = false;
  t.ok(directory.find(key as string).ok);
  t.equal(store.all().length, 1);

  const put = store.put.bind(store);
  store.put = async (record, expected) => {
    const done = await put(record, expected);
    store.down = true;
    return done;
  };
  t.match(await admin.generate({}), { key: /^sk-/ }, 'a key that was made is shown');
  store.down = false;
  await t.rejects(
    admin.block({ key: key! }),
    { name: 'GatewayError', status: 503 },
    'whether it is blocked here is not known',
  );
  await directory.close();
});

t.test('what a key has spent and what is held is shown where somebody knows', async (t) => {
  const holds = [
    { id: 'req_1|20-limits|1', owner: 'node-1', amount: 250_000_000, expiresAtMs: Date.UTC(2026, 0, 1) },
  ];
  const spend = (record: KeyRecord) => ({
    spentNanoUsd: record.maxBudgetNanoUsd! / 2,
    totalNanoUsd: 12_000_000_001,
    tokensToday: 42,
    heldNanoUsd: 250_000_000,
    holds,
  });
  const { admin, directory } = await oneGateway({ spend });
  const { token } = await admin.generate({ max_budget: 10 });
  const shown = {
    spend: 5,
    total_spend: 12.000000001,
    tokens_today: 42,
    held: 0.25,
    holds: [{ request_id: 'req_1', owner: 'node-1', usd: 0.25, expires_at: '2026-01-01T00:00:00.000Z' }],
  };
  t.match(await admin.info({ key: token as string }), { key: token, info: { token, ...shown } });
  t.match(await admin.list({ return_full_object: 'True' }), { keys: [{ token, ...shown }] });
  await directory.close();
});

t.test('keys are listed in pages, the oldest first, and by tenant, alias or token', async (t) => {
  const { admin, directory, clock } = await oneGateway();
  const tokens: unknown[] = [];
  for (let index = 0; index < 25; index += 1) {
    clock.jump(1);
    const tenant_id = index % 2 === 0 ? 'acme' : 'trial';
    tokens.push((await admin.generate({ key_alias: `k${index}`, tenant_id }))['token']);
  }
  t.strictSame(await admin.list({}), {
    keys: tokens.slice(0, 10),
    total_count: 25,
    current_page: 1,
    total_pages: 3,
  });
  t.strictSame((await admin.list({ page: '3' }))['keys'], tokens.slice(20));
  t.match(await admin.list({ tenant_id: 'trial', size: '5', page: '3' }), {
    keys: [tokens[21], tokens[23]],
    total_count: 12,
    total_pages: 3,
  });
  t.strictSame((await admin.list({ key_alias: 'k7' }))['keys'], [tokens[7]]);
  t.strictSame((await admin.list({ key_hash: String(tokens[9]), tenant_id: 'acme' }))['keys'], []);
  t.strictSame((await admin.list({ key_hash: 'nothing' }))['keys'], []);
  await t.rejects(admin.list({ page: '0', size: '101', sise: '1' }), {
    status: 400,
    message: /3 problems.*page: .*from 1 to 1000000.*size: .*sise: unknown field\. Did you mean "size"/,
  });
  await directory.close();
});

t.test('windows go by the time that never goes back, expiries by the clock', async (t) => {
  const { store, directory, clock } = await oneGateway();
  const admin = new KeyAdmin({
    store,
    directory,
    clock,
    windowTime: { now: () => clock.now() + 40 * dayMs },
  });
  t.match(await admin.generate({ budget_duration: '1mo', duration: '30d' }), {
    status: 'active',
    budget_reset_at: '2026-03-01T00:00:00.000Z',
  });
  await directory.close();
});
