import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import t from 'tap';
import { Agent, request } from 'undici';
import { createGateway } from '../../core/gateway.ts';
import { systemClock } from '../../core/services/clock.ts';
import { silentLog } from '../../core/services/log.ts';
import { chatEvents, sse } from '../../core/testing.ts';
import type { Clock } from '../../sdk/services.ts';

/** The machine's clock, counting the timers that wait. */
class CountingClock implements Clock {
  pending = 0;
  now = () => systemClock.now();
  monotonic = () => systemClock.monotonic();

  after(delayMs: number, run: () => void): () => void {
    let waiting = true;
    this.pending += 1;
    const done = () => {
      if (waiting) this.pending -= 1;
      waiting = false;
    };
    const cancel = systemClock.after(delayMs, () => {
      done();
      run();
    });
    return () => {
      done();
      cancel();
    };
  }
}

const atOnce = 50;

t.test(
  'a thousand aborted streams leave no socket, timer or hold behind, and each has its row',
  async (t) => {
    const sockets = new Set<Socket>();
    const upstream = createServer((req, res) => {
      req.resume();
      res.on('error', () => undefined);
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(sse(chatEvents(['Hello'])[0]!));
    });
    upstream.on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    upstream.listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const clock = new CountingClock();
    const gateway = await createGateway({
      config: {
        name: 'gateway.yaml',
        text: `providers: { up: { kind: openai, base_url: "http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1", api_key: sk-up } }\nmodels: { test: up/m }\n`,
      },
      policies: {
        '00-ledger.yaml': 'plugin: ledger\nprices: { "*": { input: $1, output: $2 } }\n',
        // A hold that stays would refuse a later request.
        '20-limits.yaml': `plugin: token-limiter\nlimits: [{ by: global, concurrent: ${atOnce} }]\n`,
        '30-fallback.yaml': 'plugin: fallback\nhedge: { after: 60s }\n',
      },
      env: {},
      port: 0,
      data: t.testdir(),
      services: { log: silentLog, clock },
    });
    const { url } = await gateway.listen();
    const agent = new Agent({ connections: atOnce });
    const abortOne = async () => {
      const leave = new AbortController();
      const { statusCode, body } = await request(`${url}/v1/chat/completions`, {
        method: 'POST',
        dispatcher: agent,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'test', stream: true, messages: [{ role: 'user', content: 'Hi' }] }),
        signal: leave.signal,
      });
      if (statusCode !== 200) return statusCode;
      body.on('error', () => undefined);
      await once(body, 'data');
      leave.abort();
      return statusCode;
    };
    const idle = async () => {
      while (gateway.status().inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    };
    await abortOne();
    await idle();
    const timersBefore = clock.pending;
    const refused: number[] = [];
    for (let round = 0; round < 1000 / atOnce; round += 1) {
      const statuses = await Promise.all(Array.from({ length: atOnce }, abortOne));
      refused.push(...statuses.filter((status) => status !== 200));
      await idle();
    }
    t.same(refused, [], 'no hold is left: all were let in');
    while (sockets.size > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    t.pass('no socket to the provider is left');
    // Those of the gateway's own housekeeping come and go.
    t.ok(clock.pending < timersBefore + 10, `${clock.pending} timers, ${timersBefore} before`);
    const report = (await (
      await gateway.request(new Request('http://gateway.test/cost/report?by=provider'))
    ).json()) as { total: { requests: number; cost_usd: string } };
    t.match(report.total, { requests: 1001 });
    t.ok(Number(report.total.cost_usd) > 0, 'what was relayed is billed');
    await agent.close();
    await gateway.close();
    upstream.close();
  },
);
