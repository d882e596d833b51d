import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';

t.setTimeout(240_000);

const main = fileURLToPath(new URL('../../core/cli/main.ts', import.meta.url));

/** Does what systemd does for a unit with a socket: keeps it open, hands it over, starts the program again when it ends. */
const keeper = `
while :; do
  sh -c 'echo "began $$" >&2; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"' sh "$@"
  code=$?
  echo "ended $code" >&2
  if [ "$ONCE" = yes ]; then exit $code; fi
done`;

interface Kept {
  readonly port: number;
  readonly child: ChildProcess;
  log(): string;
  /** How often the gateway has said that it listens. */
  starts(): number;
  /** Ends the program that serves now; the keeper starts another. */
  signal(name: NodeJS.Signals): void;
}

/** Runs a gateway on a socket that somebody else keeps. */
async function keep(t: Test, args: readonly string[], env: Record<string, string> = {}): Promise<Kept> {
  const dir = t.testdir({ 'gateway.yaml': 'server: { drain_timeout: 20s }\n', policies: {} });
  const listener: Server = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  // Public for handing over only in cluster; the descriptor is what systemd would pass.
  const { fd } = (listener as unknown as { _handle: { fd: number } })._handle;
  const options = ['--config', join(dir, 'gateway.yaml'), '--policies', join(dir, 'policies')];
  const own = [...options, '--data', join(dir, 'data'), ...args.map((arg) => arg.replace('PORT', `${port}`))];
  const child = spawn('sh', ['-c', keeper, 'sh', process.execPath, main, 'serve', ...own], {
    cwd: dir,
    detached: true,
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], ...env },
    stdio: ['ignore', 'ignore', 'pipe', fd],
  });
  listener.close();
  let text = '';
  child.stderr!.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  t.teardown(() => {
    try {
      // Its group: the keeper and what it keeps.
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // It has ended.
    }
  });
  return {
    port,
    child,
    log: () => text,
    starts: () => text.split('sluice listening on').length - 1,
    signal(name) {
      const pid = /.*began (\d+)/s.exec(text)?.[1];
      process.kill(Number(pid), name);
    },
  };
}

async function until(t: Test, fits: () => boolean, why: () => string): Promise<void> {
  const endMs = performance.now() + 90_000;
  while (!fits() && performance.now() < endMs) await sleep(10);
  t.ok(fits(), `${fits}\n${fits() ? '' : why()}`);
}

/** One request on a connection of its own, never sent twice. */
function ask(port: number): Promise<number | string> {
  return new Promise((resolve) => {
    const body = JSON.stringify({ model: 'mock', messages: [{ role: 'user', content: 'Hi' }] });
    const asked = request(
      {
        port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/v1/chat/completions',
        agent: new Agent({ keepAlive: false }),
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode ?? 0));
        answer.once('error', (error) => resolve(String(error)));
      },
    );
    asked.once('error', (error) => resolve(String(error)));
    asked.end(body);
  });
}

t.test('a gateway on a socket that is kept for it restarts without a refused connection', async (t) => {
  const one = await keep(t, ['--port', 'PORT']);
  await until(t, () => one.starts() === 1, one.log);
  let going = true;
  const answers: Record<string, number> = {};
  const side = async () => {
    while (going) {
      const answer = await ask(one.port);
      answers[answer] = (answers[answer] ?? 0) + 1;
    }
  };
  const sides = Promise.all([side(), side(), side(), side()]);
  for (let restarts = 1; restarts <= 3; restarts += 1) {
    const before = answers['200'] ?? 0;
    await until(t, () => (answers['200'] ?? 0) > before + 20, one.log);
    one.signal('SIGTERM');
    await until(t, () => one.starts() === restarts + 1, one.log);
  }
  const before = answers['200'] ?? 0;
  await until(t, () => (answers['200'] ?? 0) > before + 20, one.log);
  going = false;
  await sides;
  t.strictSame(Object.keys(answers), ['200'], JSON.stringify(answers));
  t.equal(one.log().split('ended 0').length - 1, 3, 'each ended as it should');
});

t.test('a crash refuses nobody who comes after it', async (t) => {
  const one = await keep(t, ['--port', 'PORT']);
  await until(t, () => one.starts() === 1, one.log);
  one.signal('SIGKILL');
  await until(t, () => one.log().includes('ended 137'), one.log);
  t.equal(await ask(one.port), 200, 'it waits until the next one is there');
});

t.test('a socket at another address than configured is refused', async (t) => {
  const one = await keep(t, ['--port', '4000'], { ONCE: 'yes' });
  const [code] = (await once(one.child, 'exit')) as [number];
  t.not(code, 0);
  t.match(one.log(), /is at 127\.0\.0\.1:\d+ and server\.host and server\.port say 127\.0\.0\.1:4000/);
});

t.test('several processes do not share a socket that was handed over', async (t) => {
  const one = await keep(t, ['--port', 'PORT', '--workers', '2'], { ONCE: 'yes' });
  const [code] = (await once(one.child, 'exit')) as [number];
  t.equal(code, 2);
  t.match(one.log(), /--workers 2: a socket was handed over/);
});
