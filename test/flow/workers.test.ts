import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { sluice } from '../core/cli/_terminal.ts';
import { masterKey } from '../drills/budget.ts';
import {
  makeRoomyKey,
  RoundRobin,
  rehearsalPolicies,
  SteadyLoad,
  startSteadyUpstream,
} from '../drills/rehearsal.ts';
import { noPostgres, startPostgres } from '../stores/postgres.ts';
import { redisMissing, startRedis } from '../stores/redis.ts';
import { type Served, serveProcess } from './serve-process.ts';

t.setTimeout(180_000);

const main = fileURLToPath(new URL('../../core/cli/main.ts', import.meta.url));
const env = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] };

t.test(
  'several workers that would not keep one set of books are refused before anything starts',
  async (t) => {
    const cwd = t.testdir({
      policies: {},
      'redis.yaml': 'stores: { counters: "redis://127.0.0.1:6379" }\n',
      'wrong.yaml': 'stores: { counters: nothing }\n',
    });
    t.match(await sluice(cwd, ['serve', '--port', '0', '--workers', '4']), {
      code: 2,
      err: /--workers 4: several processes need counters that they share.*set stores\.counters to redis/s,
    });
    t.match(await sluice(cwd, ['serve', '--config', 'redis.yaml', '--workers', '4']), {
      code: 2,
      err: /--workers 4: a SQLite file has one writer.*set stores\.ledger to postgres/s,
    });
    t.match(await sluice(cwd, ['serve', '--config', 'wrong.yaml', '--workers', '2']), {
      code: 1,
      err: /wrong\.yaml:1:\d+: error: .*memory/,
    });
    t.match(await sluice(cwd, ['serve', '--workers', 'many']), {
      code: 2,
      err: /--workers expects a number from 1 to 999, got "many"/,
    });
    t.match(await sluice(cwd, ['restart', '--data', join(tmpdir(), 'sluice-nobody')]), {
      code: 1,
      err: /nobody listens at .*control\.sock \(ENOENT\); expected a gateway with --workers above 1/,
    });
  },
);

function folderOf(t: Test, config: string): string {
  // Short, as the path of a socket must be.
  const dir = mkdtempSync(join(tmpdir(), 'sluice-w-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }));
  mkdirSync(join(dir, 'policies'));
  writeFileSync(join(dir, 'gateway.yaml'), config);
  for (const [name, text] of Object.entries(rehearsalPolicies))
    writeFileSync(join(dir, 'policies', name), text);
  return dir;
}

/** Process ids of the workers, in the order in which they began to serve. */
function pidsOf(served: Served): number[] {
  return [...served.log().matchAll(/"pid":(\d+),"message":"a worker serves"/g)].map(([, pid]) => Number(pid));
}

async function until(ask: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await ask())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A new connection for each question: each may come to another worker. */
async function get(served: Served, path: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${served.url}${path}`, {
    headers: { authorization: `Bearer ${masterKey}`, connection: 'close' },
  });
  return { status: answer.status, text: await answer.text() };
}

async function metric(served: Served, pattern: RegExp): Promise<number> {
  const { text } = await get(served, '/metrics');
  let sum = 0;
  for (const [, value] of text.matchAll(pattern)) sum += Number(value);
  return sum;
}

t.test(
  'two workers are one gateway: they restart without a lost request, come back after a crash, and count together',
  { skip: redisMissing || noPostgres },
  async (t) => {
    const [redis, postgres, upstream] = await Promise.all([
      startRedis(),
      startPostgres(),
      startSteadyUpstream(),
    ]);
    t.teardown(() => Promise.all([redis.stop(), postgres.close(), upstream.close()]));
    const dir = folderOf(
      t,
      `auth: { master_key: ${masterKey} }
providers: { up: { kind: openai, base_url: "http://127.0.0.1:${upstream.port}/v1", apis: [chat], api_key: x } }
models: { m: up/m }
stores: { counters: "${redis.url}", ledger: "${await postgres.database()}" }
`,
    );
    const data = join(dir, 'data');
    const served = await serveProcess([
      ...['--policies', `${dir}/policies`, '--config', `${dir}/gateway.yaml`, '--data', data],
      ...['--workers', '2'],
    ]);
    t.teardown(() => served.child.kill('SIGKILL'));
    t.match(served.log(), /sluice listening on \S+ \(2 workers; policies \w+: 3 steps; models: m\)/);
    const key = await makeRoomyKey(served.url);
    const known = async () =>
      (
        await fetch(`${served.url}/v1/models`, {
          headers: { authorization: `Bearer ${key}`, connection: 'close' },
        })
      ).status === 200;
    // Each worker follows the keys by itself.
    await until(async () => (await Promise.all(Array.from({ length: 8 }, known))).every(Boolean));

    const balancer = new RoundRobin([served.url]);
    const load = new SteadyLoad(balancer, key, 6);
    t.teardown(() => load.stop().then(() => balancer.stop()));
    await load.more(50);
    const before = pidsOf(served);
    t.equal(before.length, 2);
    const restart = spawn(process.execPath, [main, 'restart', '--data', data], { env });
    let said = '';
    restart.stdout.on('data', (text) => {
      said += text;
    });
    restart.stderr.on('data', (text) => {
      said += text;
    });
    const [code] = await once(restart, 'close');
    t.equal(code, 0, said);
    t.match(said, /worker 1 replaced\nworker 2 replaced\n2 workers replaced\n/);
    await load.more(50);
    await load.stop();
    await balancer.stop();
    t.strictSame(load.lost, [], 'no request failed');
    t.strictSame(
      load.seen.filter(({ status, whole }) => status !== 200 || !whole),
      [],
    );
    const after = pidsOf(served).slice(2);
    t.equal(new Set([...before, ...after]).size, 4, 'both are new processes');

    t.equal(
      await metric(served, /^sluice_requests_total\{.*\} (\d+)$/gm),
      load.seen.length,
      'counted together, with what the old ones counted',
    );
    t.equal(await metric(served, /^sluice_workers\{state="ready"\} (\d+)$/gm), 2);
    t.equal(await metric(served, /^sluice_rolling_restarts_total (\d+)$/gm), 1);
    t.ok((await metric(served, /^sluice_worker_resident_bytes\{worker="\d+"\} (\d+)$/gm)) > 50_000_000);
    t.match(
      (await get(served, '/metrics')).text,
      /^sluice_program_info\{version="\w+",refused="false"\} 1$/m,
    );
    const { id } = load.seen.at(-1)!;
    const traces = await Promise.all(Array.from({ length: 6 }, () => get(served, `/v1/decisions/${id}`)));
    t.ok(
      traces.every(({ status }) => status === 200),
      'each finds the record of any',
    );

    writeFileSync(join(dir, 'gateway.yaml'), 'models: nonsense\n');
    process.kill(served.child.pid!, 'SIGHUP');
    await until(() => (served.log().match(/the configuration was not changed/g) ?? []).length === 2);
    t.equal(
      (await get(served, '/health/ready')).status,
      200,
      'a reload that fails changes nothing, in either',
    );

    process.kill(after[0]!, 'SIGKILL');
    await until(() => pidsOf(served).length === 5 || /a worker did not start/.test(served.log()));
    t.match(served.log(), /"how":"SIGKILL","message":"a worker ended; another takes its place"/);
    // The folder is wrong by now: who starts anew finds that, and the other one serves.
    await until(() => /a worker did not start/.test(served.log()));
    t.equal((await get(served, '/health/ready')).status, 200);
    t.equal(await metric(served, /^sluice_worker_crashes_total (\d+)$/gm), 1);
    const stopped = await served.stop('SIGTERM');
    t.strictSame(stopped, { code: 0, signal: null });
    t.match(served.log(), /sluice: SIGTERM, draining\nsluice: stopped\n/);
  },
);
