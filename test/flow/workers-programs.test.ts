import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Fleet, Peer } from '../../core/cluster/fleet.ts';
import { createGateway } from '../../core/gateway.ts';
import type { Gateway } from '../../core/runtime/gateway.ts';
import type { MaybePromise } from '../../sdk/plugin.ts';
import { FakeClock } from '../../sdk/testing/clock.ts';
import { countingIds, fixedRandom, recordingLog } from '../../sdk/testing/fakes.ts';
import { ScriptedUpstream } from '../../sdk/testing/upstream.ts';
import { master } from './_console.ts';

// Programs are loaded again and again, each in a sandbox of its own.
t.setTimeout(180_000);

type Answer = (question: unknown) => MaybePromise<unknown>;

const guard = (code: string) => `import { deny, onRequest, policy, tenant } from 'sluice';
export const p = policy('p', { kind: 'guard' }, onRequest('closed', tenant('default'), deny(403, '${code}')));
`;
const json = { 'content-type': 'application/json' };

/** Gateways of this process that take each other for processes at one address. */
class Workers {
  readonly folder: string;
  readonly clock = new FakeClock();
  readonly #t: Test;
  readonly #answers = new Map<number, Answer>();
  #cookie = '';
  #csrf = '';

  constructor(t: Test, folder: string) {
    this.#t = t;
    this.folder = folder;
  }

  #fleet(id: number): Fleet {
    const answers = this.#answers;
    return {
      id,
      secret: 'a secret of all',
      metrics: async () => '',
      trace: async () => undefined,
      tell: () => undefined,
      onReady: () => undefined,
      onAsked: (answer) => void answers.set(id, answer),
      async ask(question) {
        const copy: unknown = JSON.parse(JSON.stringify(question));
        return Promise.all(
          [...answers].map(async ([worker, answer]): Promise<Peer> => {
            const peer = { worker, pid: worker, state: 'serving', sinceMs: 0, replaced: false } as const;
            if (worker === id) return { ...peer, self: true };
            return {
              ...peer,
              self: false,
              answer: JSON.parse(JSON.stringify(await answer(copy))) as unknown,
            };
          }),
        );
      },
    };
  }

  async start(id: number, auth = `auth: { master_key: ${master} }\n`): Promise<Gateway> {
    const gateway = await createGateway({
      config: {
        name: 'gateway.yaml',
        text: `${auth}providers: { up: { kind: openai, base_url: http://upstream.test/v1, api_key: x } }\nmodels: { test: up/m }\n`,
      },
      policies: this.folder,
      env: {},
      port: 0,
      fleet: this.#fleet(id),
      http: new ScriptedUpstream(),
      services: { clock: this.clock, random: fixedRandom(), ids: countingIds(), log: recordingLog() },
    });
    this.#t.teardown(() => gateway.close());
    await gateway.listen();
    return gateway;
  }

  /** It is gone, from one moment to the next. */
  lose(id: number): void {
    this.#answers.delete(id);
  }

  async send(gateway: Gateway, method: string, path: string, body?: unknown, headers = {}) {
    const answer = await gateway.request(
      new Request(`http://localhost${path}`, {
        method,
        headers: { cookie: this.#cookie, 'x-sluice-csrf': this.#csrf, ...json, ...headers },
        ...(body === undefined ? undefined : { body: JSON.stringify(body) }),
      }),
    );
    const cookie = answer.headers.get('set-cookie');
    return { status: answer.status, cookie, json: (await answer.json()) as Record<string, never> };
  }

  async signIn(gateway: Gateway): Promise<void> {
    const { cookie, json } = await this.send(gateway, 'POST', '/playground/api/session', {
      master_key: master,
    });
    this.#cookie = cookie!.split(';', 1)[0]!;
    this.#csrf = json['csrf']!;
  }

  set csrf(value: string) {
    this.#csrf = value;
  }

  post(gateway: Gateway, path: string, body: unknown) {
    return this.send(gateway, 'POST', `/playground/api${path}`, body);
  }

  /** The code with which a request is refused: which program decides. */
  async decidedBy(gateway: Gateway): Promise<string> {
    const request = { model: 'test', messages: [{ role: 'user', content: 'Hi' }] };
    const { json } = await this.send(gateway, 'POST', '/v1/chat/completions', request, {
      authorization: `Bearer ${master}`,
    });
    return (json['error'] as unknown as { code: string }).code;
  }
}

/** @param policy false where no program is looked at: loading one takes its time. */
async function workersOf(t: Test, policy = true): Promise<Workers> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-programs-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  if (policy) await writeFile(join(folder, '10-p.policy.ts'), guard('one'));
  return new Workers(t, folder);
}

t.test('what is put into use at one is in use at the others when the answer is there', async (t) => {
  const house = await workersOf(t);
  const [one, two] = [await house.start(1), await house.start(2)];
  await house.signIn(one);
  const base = one.status().program.version;
  const files = [{ name: '10-p.policy.ts', text: guard('two') }];
  const done = await house.post(two, '/policies/activate', { files, base_version: base });
  const { version } = done.json;
  t.match(done, {
    status: 200,
    json: {
      workers: [
        { worker: 1, version },
        { worker: 2, version },
      ],
    },
  });
  t.strictSame([await house.decidedBy(one), await house.decidedBy(two)], ['two', 'two']);
  const third = [{ name: '10-p.policy.ts', text: guard('three') }];
  const next = await house.post(one, '/policies/activate', { files: third, base_version: version });
  t.equal(next.status, 200, 'and the others know what it is based on');
});

t.test('going back reaches those that never served the version, and those that start later', async (t) => {
  const house = await workersOf(t);
  const one = await house.start(1);
  await house.signIn(one);
  const base = one.status().program.version;
  const files = [{ name: '10-p.policy.ts', text: guard('two') }];
  const activated = await house.post(one, '/policies/activate', { files, base_version: base });
  const newer: string = activated.json['version']!;
  const two = await house.start(2);
  t.equal(await house.decidedBy(two), 'two');
  t.match(await house.send(two, 'GET', '/playground/api/policies'), {
    json: {
      versions: [
        { version: newer, active: true },
        { version: base, active: false, files: 1 },
      ],
    },
  });

  const back = await house.post(two, '/policies/rollback', { version: base });
  t.match(back, { status: 200, json: { version: base, workers: [{ version: base }, { version: base }] } });
  t.strictSame([await house.decidedBy(one), await house.decidedBy(two)], ['one', 'one']);

  const three = await house.start(3);
  t.equal(await house.decidedBy(three), 'one', 'the folder holds the newer one still');
  house.lose(1);
  house.lose(2);
  const four = await house.start(4);
  t.equal(await house.decidedBy(four), 'one', 'it is handed on');

  await writeFile(join(house.folder, '10-p.policy.ts'), guard('four'));
  const five = await house.start(5);
  t.equal(await house.decidedBy(five), 'four', 'until the folder is changed');
  await four.reload();
  const six = await house.start(6);
  t.equal(await house.decidedBy(six), 'four');
});

t.test('the same over POST /policies/rollback, without a version too', async (t) => {
  const house = await workersOf(t);
  const [one, two] = [await house.start(1), await house.start(2)];
  await house.signIn(one);
  await writeFile(join(house.folder, '10-p.policy.ts'), guard('two'));
  await Promise.all([one.reload(), two.reload()]);
  const three = await house.start(3);
  t.equal(
    (await house.send(three, 'POST', '/policies/rollback')).status,
    200,
    'it asks those that were there',
  );
  for (const gateway of [one, two, three]) t.equal(await house.decidedBy(gateway), 'one');
  for (const gateway of [one, three]) {
    const again = await house.send(gateway, 'POST', '/policies/rollback');
    t.match(again, { status: 404, json: { error: { message: /no version before this one/ } } });
    t.equal(await house.decidedBy(gateway), 'one');
  }
});

t.test('a version that nobody knows changes nothing anywhere', async (t) => {
  const house = await workersOf(t);
  const [one, two] = [await house.start(1), await house.start(2)];
  await house.signIn(one);
  t.match(await house.post(one, '/policies/rollback', { version: '000000000000' }), {
    status: 404,
    json: { error: { message: /no version "000000000000"/ } },
  });
  t.strictSame([await house.decidedBy(one), await house.decidedBy(two)], ['one', 'one']);
});

t.test(
  'a session holds at each, and one that was ended nowhere, also at one that starts later',
  async (t) => {
    const house = await workersOf(t, false);
    const [one, two] = [await house.start(1), await house.start(2)];
    await house.signIn(one);
    const list = (gateway: Gateway) => house.send(gateway, 'GET', '/playground/api/traffic');
    t.strictSame([(await list(one)).status, (await list(two)).status], [200, 200]);
    t.equal((await house.post(two, '/policies/rollback', { version: 'x' })).status, 404);
    t.equal((await house.send(two, 'DELETE', '/playground/api/session')).status, 200);
    const three = await house.start(3);
    for (const gateway of [one, two, three]) t.equal((await list(gateway)).status, 401);
  },
);

t.test('wrong keys are counted together', async (t) => {
  const house = await workersOf(t, false);
  const all = [await house.start(1), await house.start(2)];
  const statuses: number[] = [];
  for (let index = 0; index < 12; index += 1) {
    const tried = { master_key: 'wrong' };
    statuses.push((await house.post(all[index % 2]!, '/session', tried)).status);
  }
  t.strictSame(statuses, [...Array.from({ length: 10 }, () => 401), 429, 429]);
});

t.test('without a master key what one gave out counts at each', async (t) => {
  const house = await workersOf(t, false);
  const [one, two] = [await house.start(1, ''), await house.start(2, '')];
  house.csrf = (await house.send(one, 'GET', '/playground/api/session')).json['csrf']!;
  t.equal((await house.post(two, '/policies/rollback', { version: 'x' })).status, 404);
});
