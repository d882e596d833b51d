import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { masterKey } from '../drills/budget.ts';
import { eventsOf } from './_console.ts';
import { type Answer, each, house, pidsOf, skip, until } from './_workers.ts';

t.setTimeout(180_000);

/** A guard that refuses nobody who is in this test. */
const guard = `import { deny, onRequest, policy, tenant } from 'sluice';
export const p = policy('p', { kind: 'guard' }, onRequest('closed', tenant('nobody'), deny(403, 'closed')));
`;

t.test('the console of two workers is that of one gateway', { skip }, async (t) => {
  const one = await house(t);
  await one.signIn();
  t.ok(
    (await each(() => one.get('/session'))).every(({ json }) => json.signed_in),
    'a session holds at each worker',
  );

  await t.test('all requests are listed, opened and counted, whoever is asked', async (t) => {
    const ids = await one.chat(40);
    for (const { json } of await each(() => one.whole('/traffic'))) {
      t.strictSame(
        json.rows.map(({ request_id: id }) => id),
        ids.toReversed(),
      );
      t.equal(json.next, null);
      t.match(json.workers, [
        { worker: 1, state: 'serving', replaced: false },
        { worker: 2, state: 'serving', replaced: false },
      ]);
      t.equal(json.workers.length, 2);
    }
    t.strictSame(await one.pages(7), ids.toReversed(), 'pages put together, each from another worker');
    t.strictSame(await one.pages(7, '&status=2xx&policy=ledger'), ids.toReversed());
    const auth = { authorization: `Bearer ${masterKey}` };
    for (const id of ids) {
      t.match(await one.send('GET', `/v1/decisions/${id}`, auth), { status: 200, json: { requestId: id } });
    }
    const [first, ...others] = await each(() => one.whole('/overview?window=1h'));
    for (const { json } of [first!, ...others]) {
      t.equal(json.totals.requests, 40);
      t.ok(json.totals.cost_nano_usd > 0);
      t.equal(json.totals.input_tokens, first!.json.totals.input_tokens);
      t.match(json.errors_by_provider, [{ attempts: 40 }]);
      t.equal(json.workers.length, 2);
    }
    for (const { json } of await each(() => one.whole('/providers'))) {
      t.match(json.providers, [{ attempts: 40, targets: [{ successes: 40, known_by: 2 }] }]);
    }
  });

  await t.test('a tail shows what every worker does', async (t) => {
    const stop = new AbortController();
    t.teardown(() => stop.abort());
    const answer = await fetch(`${one.served.url}/playground/api/traffic/tail?tenant=watched`, {
      headers: { cookie: one.cookie },
      signal: stop.signal,
    });
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const idsOf = () =>
      eventsOf(text)
        .filter(({ event }) => event === 'rows')
        .flatMap(({ data }) => (data as Answer['json']['rows']).map(({ request_id: id }) => id));
    const ids = await one.chat(20, 'watched');
    await one.chat(2, 'other');
    while (idsOf().length < 20) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`the tail ended: ${text}`);
      text += value;
    }
    t.strictSame(idsOf().sort(), ids.toSorted(), 'each once');
    const told = eventsOf(text).filter(({ event }) => event === 'workers');
    t.match(told[0]?.data, [{ worker: 1 }, { worker: 2 }]);
  });

  await t.test('a draft is put into use in every worker, and so is an older version', async (t) => {
    const before = (await one.get('/policies')).json;
    const files = [...before.files, { name: '10-p.policy.ts', text: guard }];
    const activated = await one.post('/policies/activate', { files, base_version: before.version });
    t.match(activated, { status: 200, json: { workers: [{ worker: 1 }, { worker: 2 }] } });
    const { version } = activated.json;
    t.ok(activated.json.workers.every((worker) => worker.version === version));
    t.ok((await each(() => one.get('/policies'))).every(({ json }) => json.version === version));
    t.equal(readFileSync(join(one.folder, '10-p.policy.ts'), 'utf8'), guard);
    const back = await one.post('/policies/rollback', { version: before.version });
    t.match(back, { status: 200, json: { version: before.version } });
    t.ok(back.json.workers.every((worker) => worker.version === before.version));
    t.ok((await each(() => one.get('/policies'))).every(({ json }) => json.version === before.version));
    const impact = await one.post('/policies/impact', { files, last: 2000 });
    t.equal(impact.json.compared, 62, 'a comparison has the records of all');
  });

  await t.test('a worker that is replaced takes along what it saw, and the rest is as it was', async (t) => {
    const before = (await one.get('/policies')).json;
    const [, second] = pidsOf(one.served);
    const all = (await one.whole('/traffic?limit=1000')).json.rows.length;
    process.kill(second!, 'SIGKILL');
    await until(() => pidsOf(one.served).length === 3);
    const now = (await one.whole('/traffic?limit=1000')).json;
    t.ok(now.rows.length > 0 && now.rows.length < all, `${now.rows.length} of ${all}`);
    t.match(now.workers, [
      { worker: 1, replaced: false },
      { worker: 2, replaced: true, pid: pidsOf(one.served)[2] },
    ]);
    await until(async () =>
      (await each(() => one.get('/policies'))).every(({ json }) => json.version === before.version),
    );
    t.pass('it serves what the others went back to, and not what the folder holds');
    const answers = await each(() => one.whole('/policies'));
    t.ok(
      answers.every(({ json }) => json.versions.length === 2),
      'and knows what they can go back to',
    );
    const newer = before.versions.find(({ version }) => version !== before.version)!.version;
    for (const version of [newer, before.version, newer]) {
      const back = await one.post('/policies/rollback', { version });
      t.equal(back.status, 200);
      t.ok(back.json.workers.every((worker) => worker.version === version));
    }
  });

  t.strictSame(await one.served.stop('SIGTERM'), { code: 0, signal: null });
});
