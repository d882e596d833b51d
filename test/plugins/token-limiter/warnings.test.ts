import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { systemClock } from '../../../core/services/clock.ts';
import { createMemoryCounters } from '../../../core/stores/counters/memory.ts';
import { createHttpTransport } from '../../../core/upstream/http-transport.ts';
import type { Counters } from '../../../sdk/counters.ts';
import { type ContinueRequest, type Deny, type JsonObject, Secret } from '../../../sdk/index.ts';
import { FakeClock, settled } from '../../../sdk/testing/clock.ts';
import { recordingLog } from '../../../sdk/testing/fakes.ts';
import type { ScriptedReply } from '../../../sdk/testing/upstream.ts';
import { Webhook } from '../../../sdk/webhook.ts';
import { budget, type Harness, type HarnessOptions, harness, identity, usage } from './harness.ts';

const url = 'https://hooks.example/services/T0/SECRET?token=SECRET';
const cents = 10_000_000;
const who = identity({ budget: budget(cents) });

/** Uses 85 % of the budget. */
async function spend(of: Harness, as = who): Promise<void> {
  const one = of.request({ identity: as });
  await one.start();
  await one.attempt('cheap');
  await one.end({ usage: usage(500, 4000) });
}

async function withHook(reply: ScriptedReply | null, options: HarnessOptions = {}): Promise<Harness> {
  const of = await harness({ ...options, file: { warn_webhook: url, ...options.file } });
  of.http.otherwise(() => reply ?? { json: { ok: true } });
  return of;
}

function bodies({ http }: Harness): JsonObject[] {
  return http.calls.map(({ json }) => json as JsonObject);
}

function warned({ log }: Harness): number {
  return log.lines.filter(({ message }) => message === 'a budget is nearly used up').length;
}

t.test('at 80 % the client, the record, the log and the webhook are told, the latter two once', async (t) => {
  const of = await withHook(null);
  await spend(of);
  t.equal(warned(of), 0);
  for (let index = 0; index < 3; index += 1) {
    const one = of.request({ identity: who });
    const decision = (await one.start()) as ContinueRequest;
    t.match(decision.responseHeaders, {
      'x-sluice-budget-warning': '85% of key usd, resets 2026-02-01T00:00:00.000Z',
    });
    t.match(decision.details, {
      warnings: [{ by: 'key', scope: 'k1', quantity: 'usd', used: 0.0085, limit: 0.01, share: 0.85 }],
    });
    await one.end();
  }
  await settled();
  t.equal(warned(of), 1);
  t.match(of.log.lines.find(({ message }) => message === 'a budget is nearly used up')?.fields, {
    event: 'budget_warning',
    by: 'key',
    id: 'k1',
    used: '$0.0085',
    limit: '$0.01',
  });
  t.equal(of.http.calls.length, 1);
  t.match(of.http.calls[0]!.request, {
    method: 'POST',
    origin: 'https://hooks.example',
    path: '/services/T0/SECRET?token=SECRET',
    headers: { 'content-type': 'application/json' },
  });
  t.match(bodies(of)[0], {
    text: 'Budget warning: key app has used $0.0085 (85%) of $0.01. It resets at 2026-02-01T00:00:00.000Z.',
    event: 'budget_warning',
    name: 'key app',
    by: 'key',
    scope: 'k1',
    quantity: 'usd',
    used: 0.0085,
    limit: 0.01,
    warn_from: 0.008,
    share: 0.85,
    window: '2026-01',
    resets_at: '2026-02-01T00:00:00.000Z',
    request_id: /^req_/,
  });
});

t.test('a refusal carries the warning too', async (t) => {
  const of = await withHook(null, { file: { when_budget_is_short: 'refuse' } });
  await spend(of);
  const body = { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 5000 };
  const deny = (await of.request({ identity: who, body }).start()) as Deny;
  t.match(deny, {
    type: 'deny',
    code: 'budget_exceeded',
    details: { limit: { by: 'key' }, warnings: [{ by: 'key' }] },
  });
  await settled();
  t.equal(of.http.calls.length, 1);
});

t.test('a fleet tells once: the counters decide who', async (t) => {
  const clock = new FakeClock();
  const counters = createMemoryCounters({ clock });
  const fleet = await Promise.all([1, 2, 3].map(() => withHook(null, { clock, counters })));
  await spend(fleet[0]!);
  for (const of of fleet) await of.request({ identity: who }).start();
  await settled();
  t.equal(
    fleet.reduce((sum, of) => sum + of.http.calls.length, 0),
    1,
  );
  t.equal(
    fleet.reduce((sum, of) => sum + warned(of), 0),
    1,
  );
});

t.test('through a store that answers later, nothing waits for it', async (t) => {
  const clock = new FakeClock();
  const memory = createMemoryCounters({ clock });
  const asked: string[] = [];
  const counters: Counters = {
    ...memory,
    admit: async (id, reservations, ttlMs) => {
      asked.push(id);
      return memory.admit(id, reservations, ttlMs);
    },
  };
  const of = await withHook(null, { clock, counters });
  await spend(of);
  await of.request({ identity: who }).start();
  await settled();
  t.equal(of.http.calls.length, 1);
  t.equal(asked.filter((id) => id.includes('|warning|')).length, 1);
});

t.test('each window and each raised budget warns anew', async (t) => {
  const of = await withHook(null);
  await spend(of);
  await of.request({ identity: who }).start();
  const raised = identity({ budget: budget(2 * cents) });
  await of.request({ identity: raised }).start();
  t.equal(warned(of), 1, 'the raised one is not at 80 % yet');
  await spend(of, raised);
  await of.request({ identity: raised }).start();
  t.equal(warned(of), 2);
  const next = { ...budget(cents)!, window: '2026-02', resetsAtMs: Date.UTC(2026, 2, 1) };
  const february = identity({ budget: next });
  await spend(of, february);
  await of.request({ identity: february }).start();
  t.equal(warned(of), 3);
});

t.test('a soft budget warns where it says, with a limit and without one', async (t) => {
  const of = await withHook(null);
  const early = identity({ budget: budget(100 * cents, cents / 2) });
  await spend(of, early);
  const decision = (await of.request({ identity: early }).start()) as ContinueRequest;
  t.match(decision.responseHeaders?.['x-sluice-budget-warning'], /^0% of key usd/);
  const soft = { ...budget(0, cents / 2)!, limitNanoUsd: null, window: 'soft' };
  const only = identity({ budget: soft }, null, {
    key: { ...who.key, id: 'k2', limits: { ...who.key.limits!, budget: soft } },
  });
  await spend(of, only);
  const second = (await of.request({ identity: only }).start()) as ContinueRequest;
  t.match(second.responseHeaders?.['x-sluice-budget-warning'], /^170% of soft key usd/);
  await settled();
  t.match(
    bodies(of).map(({ text }) => text),
    [
      /key app has used \$0\.0085 \(0%\) of \$1\.00/,
      /key app has used \$0\.0085 \(170%\) of soft budget of \$0\.005/,
    ],
  );
});

t.test('a budget that only warns holds nothing, refuses nothing and needs no price', async (t) => {
  const of = await harness();
  const soft = { ...budget(0, 1)!, limitNanoUsd: null, window: 'soft' };
  const only = identity({ budget: soft });
  const one = of.request({
    identity: only,
    model: 'unknown',
    body: { messages: [], previous_response_id: 'x' },
  });
  const decision = (await one.start()) as ContinueRequest;
  t.equal(decision.type, 'continue');
  t.equal(decision.changes, undefined, 'no output limit is set');
  t.strictSame(await of.read('usd|key|k1|soft'), { spent: 0, held: 0 });
  await one.end();
  const priced = of.request({ identity: only });
  await priced.start();
  await priced.attempt('cheap');
  await priced.end({ usage: usage(500, 4000, { estimated: true }) });
  t.strictSame(
    await of.read('usd|key|k1|soft'),
    { spent: 8_500_000, held: 0 },
    'estimates are booked as they are',
  );
});

t.test('names from clients cannot write Slack’s markup', async (t) => {
  const of = await withHook(null, { file: { limits: [{ by: 'feature', per: 'day', requests: 1 }] } });
  const named = identity({}, null, { feature: '<!channel> & <https://evil.example|click>' });
  await of.request({ identity: named }).start();
  await of.request({ identity: named }).start();
  const one = of.request({ identity: named });
  await one.start();
  await settled();
  // The first request is still under way: nothing is spent yet.
  t.equal(of.http.calls.length, 0);
  const fresh = await withHook(null, { file: { limits: [{ by: 'feature', per: 'day', requests: 1 }] } });
  const first = fresh.request({ identity: named });
  await first.start();
  await first.end();
  await fresh.request({ identity: named }).start();
  await settled();
  t.match(
    bodies(fresh)[0]?.['text'],
    /feature &lt;!channel&gt; &amp; &lt;https:\/\/evil.example\|click&gt; of tenant acme/,
  );
});

for (const [what, reply, tries, reason] of [
  ['an address that does not answer', { hang: true }, 3, 'no answer within 5 seconds'],
  ['a connection that is refused', { failure: { kind: 'connect', message: url } }, 3, 'no connection'],
  ['an error that passes', { status: 503, json: {} }, 3, 'it answered with status 503'],
  ['a refusal', { status: 404, json: {} }, 1, 'it answered with status 404'],
  [
    'a redirect',
    { status: 302, headers: { location: 'http://169.254.169.254/' }, json: {} },
    1,
    'it answered with status 302',
  ],
] as const satisfies readonly (readonly [string, ScriptedReply, number, string])[]) {
  t.test(`no request waits for the webhook: ${what}`, async (t) => {
    const of = await withHook(reply);
    await spend(of);
    const decision = await of.request({ identity: who }).start();
    t.equal(decision?.type, 'continue');
    for (let index = 0; index < 6; index += 1) {
      await settled();
      of.clock.advance(5_000);
    }
    await settled();
    t.equal(of.http.calls.length, tries);
    t.match(
      of.log.lines.filter(({ level }) => level === 'error'),
      [{ message: 'a warning did not reach its webhook', fields: { reason, failed: 1 } }],
    );
    t.notMatch(JSON.stringify(of.log.lines), /SECRET/);
  });
}

t.test('a second try that arrives is enough', async (t) => {
  const of = await withHook(null);
  of.http.reply({ status: 500, json: {} });
  await spend(of);
  await of.request({ identity: who }).start();
  await settled();
  of.clock.advance(1_000);
  await settled();
  t.equal(of.http.calls.length, 2);
  t.equal(of.log.lines.filter(({ level }) => level === 'error').length, 0);
});

t.test('another gateway may tell what this one could not', async (t) => {
  const clock = new FakeClock();
  const counters = createMemoryCounters({ clock });
  const deaf = await withHook({ status: 404, json: {} }, { clock, counters });
  const other = await withHook(null, { clock, counters });
  await spend(deaf);
  await deaf.request({ identity: who }).start();
  await settled();
  await other.request({ identity: who }).start();
  await settled();
  t.equal(other.http.calls.length, 1);
});

t.test('the queue is bounded, and what does not fit is counted', async (t) => {
  const of = await withHook({ hang: true }, { file: { limits: [{ by: 'user', per: 'day', requests: 1 }] } });
  for (let index = 0; index < 120; index += 1) {
    const user = identity({}, null, { user: `u${index}` });
    const one = of.request({ identity: user });
    await one.start();
    await one.end();
    await of.request({ identity: user }).start();
  }
  await settled();
  t.equal(of.http.calls.length, 4, 'four under way at most');
  const lost = of.log.lines.filter(({ level }) => level === 'error');
  t.equal(lost.length, 16);
  t.match(lost.at(-1)?.fields, { reason: '100 messages are waiting already', failed: 16 });
});

t.test('a gateway that closes lets calls under way end for a while, and says what it drops', async (t) => {
  const of = await withHook({ hang: true });
  await spend(of);
  await of.request({ identity: who }).start();
  await settled();
  const closing = of.hooks.close!() as Promise<void>;
  await settled();
  of.clock.advance(5_000);
  await closing;
  t.equal(of.http.calls[0]!.aborted, true);
  t.match(of.log.lines.at(-1), { message: 'a warning did not reach its webhook' });
});

t.test('a URL that is none is refused at load, and is not repeated', async (t) => {
  for (const wrong of ['hooks.slack.com/SECRET', 'file:///SECRET', 'SECRET']) {
    const error = await harness({ file: { warn_webhook: wrong } }).then(
      () => null,
      (reason: Error) => reason,
    );
    t.match(error?.message, /warn_webhook: expected a URL such as/);
    t.notMatch(error?.message, /SECRET/);
  }
});

t.test('over HTTP it is one POST of JSON', async (t) => {
  const arrived = Promise.withResolvers<{
    path: string;
    type: string;
    authorization: string;
    body: string;
  }>();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => {
      body += piece.toString();
    });
    request.on('end', () => {
      response.end('ok');
      const { 'content-type': type = '', authorization = '' } = request.headers;
      arrived.resolve({ path: request.url ?? '', type, authorization, body });
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const http = createHttpTransport();
  t.teardown(async () => {
    await http.close?.();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const told = Promise.withResolvers<boolean>();
  const log = recordingLog();
  const url = new Secret(`http://me:p%40ss@127.0.0.1:${port}/hook?x=1`);
  const webhook = new Webhook(
    url,
    { clock: systemClock, http, log },
    { option: 'warn_webhook', what: 'a warning' },
  );
  webhook.send({ text: 'Budget warning: ü' }, told.resolve);
  t.equal(await told.promise, true);
  t.strictSame(await arrived.promise, {
    path: '/hook?x=1',
    type: 'application/json',
    authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
    body: '{"text":"Budget warning: ü"}',
  });
  await webhook.close();
  t.strictSame(log.lines, []);
});
