import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { pathToFileURL } from 'node:url';
import { createGateway } from '../../core/gateway.ts';
import { silentLog } from '../../core/services/log.ts';
import { succeed } from './faults.ts';

/** How a drill goes. */
export interface DrillOptions {
  readonly ratePerS: number;
  /** How long all is well, the first target is dead, and all is well again, in milliseconds. */
  readonly beforeMs: number;
  readonly outageMs: number;
  readonly afterMs: number;
  /** Share of the requests that stream. */
  readonly streams: number;
}

/** What a drill shows. */
export interface DrillReport {
  readonly requests: number;
  /** Clients that got an error, but for those whose stream had begun when the target died. */
  readonly errors: number;
  readonly interrupted: number;
  readonly p99BeforeMs: number;
  readonly p99OutageMs: number;
  /** From the death to the breaker, and from the recovery to the first answer of the first target. */
  readonly openedAfterMs: number | null;
  readonly closedAfterMs: number | null;
  /** Attempts for each request that came during the outage. */
  readonly loadRatio: number;
}

/** How much longer than asked for each part of a drill may take. */
const patienceMs = 15_000;

/** A provider that can die: its sockets are reset, its port is closed. */
class Mortal {
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #port = 0;

  async start(): Promise<number> {
    const server = createServer((req, res) => {
      let text = '';
      req.on('data', (piece) => {
        text += piece;
      });
      req.on('end', () => succeed(res, text.includes('"stream":true')));
    });
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    return this.#port;
  }

  die(): void {
    this.#server?.close();
    this.#server = null;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }
}

/** Kills the first of two targets under load, and brings it back. */
export async function drill(options: DrillOptions): Promise<DrillReport> {
  const [first, second] = [new Mortal(), new Mortal()];
  const ports = [await first.start(), await second.start()];
  const gateway = await createGateway({
    config: {
      name: 'gateway.yaml',
      text: `providers:
  first:  { kind: openai, base_url: "http://127.0.0.1:${ports[0]}/v1", api_key: sk-first }
  second: { kind: openai, base_url: "http://127.0.0.1:${ports[1]}/v1", api_key: sk-second }
models: { smart: [first/m, second/m] }
`,
    },
    policies: {
      '30-fallback.yaml':
        'plugin: fallback\nretry: { max: 1, base: 20ms, ratio: 0.1 }\nbreaker: { cooldown: 1s }\n',
    },
    env: {},
    port: 0,
    services: { log: silentLog },
  });
  const { url } = await gateway.listen();
  const stateOf = async () => {
    const ready = (await (await fetch(`${url}/health/ready`)).json()) as {
      targets?: { id: string; breaker: string }[];
    };
    return ready.targets?.find(({ id }) => id === 'first/m')?.breaker;
  };

  const took: { atMs: number; ms: number; ok: boolean; cut: boolean; attempts: number }[] = [];
  const ask = async (stream: boolean) => {
    const atMs = performance.now();
    let ok = false;
    let cut = false;
    let attempts = 0;
    try {
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'smart', messages: [{ role: 'user', content: 'Hi' }], stream }),
      });
      attempts = Number(response.headers.get('x-gateway-attempts'));
      const text = await response.text();
      cut = text.includes('stream_interrupted');
      ok = response.status === 200 && !cut;
    } catch {}
    took.push({ atMs, ms: performance.now() - atMs, ok, cut, attempts });
  };

  const startMs = performance.now();
  const { ratePerS, beforeMs, outageMs, afterMs, streams } = options;
  const pending: Promise<void>[] = [];
  let sent = 0;
  let died = 0;
  let recovering = 0;
  let recovered = 0;
  let openedMs: number | null = null;
  let closedMs: number | null = null;
  let watching: Promise<void> | null = null;
  const watch = async () => {
    const state = await stateOf();
    if (openedMs === null && state === 'open') openedMs = performance.now();
    if (openedMs !== null && recovered > 0 && closedMs === null && state === 'closed')
      closedMs = performance.now();
    watching = null;
  };
  // A busy machine takes longer to see what it looks for: nothing ends before it was seen, but for this limit.
  const over = (sinceMs: number, forMs: number, seen: boolean) => {
    const goneMs = performance.now() - sinceMs;
    return goneMs >= forMs && (seen || goneMs >= forMs + patienceMs);
  };
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const nowMs = performance.now() - startMs;
      if (died === 0 && nowMs >= beforeMs) {
        died = performance.now();
        first.die();
      }
      if (died > 0 && recovering === 0 && over(died, outageMs, openedMs !== null)) {
        recovering = performance.now();
        void first.start().then(() => {
          recovered = performance.now();
        });
      }
      if (died > 0 && closedMs === null) watching ??= watch();
      if (recovered > 0 && over(recovered, afterMs, closedMs !== null)) {
        clearInterval(timer);
        resolve();
        return;
      }
      while (sent < (nowMs * ratePerS) / 1000) {
        sent += 1;
        pending.push(ask((sent * streams) % 1 < streams));
      }
    }, 2);
  });
  await Promise.all(pending);
  await watching;
  await gateway.close();
  first.die();
  second.die();

  const between = (from: number, to: number) => took.filter(({ atMs }) => atMs >= from && atMs < to);
  const outage = between(died, recovering);
  return {
    requests: took.length,
    errors: took.filter(({ ok, cut }) => !ok && !cut).length,
    interrupted: took.filter(({ cut }) => cut).length,
    p99BeforeMs: p99(between(startMs, died).map(({ ms }) => ms)),
    p99OutageMs: p99(outage.map(({ ms }) => ms)),
    openedAfterMs: openedMs === null ? null : openedMs - died,
    closedAfterMs: closedMs === null ? null : closedMs - recovered,
    loadRatio: outage.reduce((sum, { attempts }) => sum + attempts, 0) / outage.length,
  };
}

function p99(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[Math.floor(values.length * 0.99)] ?? Number.NaN;
}

// By hand, for the figures: node test/faults/drill.ts
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const report = await drill({ ratePerS: 200, beforeMs: 3000, outageMs: 5000, afterMs: 4000, streams: 0.5 });
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
}
