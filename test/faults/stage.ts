import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGateway } from '../../core/gateway.ts';
import { silentLog } from '../../core/services/log.ts';
import { FakeClock } from '../../sdk/testing/clock.ts';
import { fixedRandom } from '../../sdk/testing/fakes.ts';
import { faults, succeed } from './faults.ts';

/** One case of the matrix: a fault, seen through one dialect, with or without another target behind it. */
export interface Case {
  readonly fault: (typeof faults)[number];
  readonly front: string;
  readonly stream: boolean;
  readonly chain: boolean;
}

/** Each case has a target of its own, so that no breaker remembers another case. */
export function modelOf({ fault, front, stream, chain }: Case): string {
  return `${faults.indexOf(fault)}.${front}.${stream ? 'stream' : 'whole'}.${chain ? 'chain' : 'lone'}`;
}

const policies = {
  '00-ledger.yaml': 'plugin: ledger\nprices: { "*": { input: $1.00, output: $2.00 } }\n',
  '30-fallback.yaml': `plugin: fallback
retry: { max: 1, base: 1ms, cap: 5s, ratio: 1 }
delay_budget: 1h
timeouts: { connect: 60s, first_token: 10s, stall: 10s, total: 50s }
`,
};

/** A gateway on real sockets between a client and providers that fail as the model's name says. */
export async function openStage(cases: readonly Case[], data: string) {
  const calls = new Map<string, number>();
  const hanging = new Set<ServerResponse>();
  const clock = new FakeClock();
  const upstream = createServer((req, res) => {
    const pieces: Buffer[] = [];
    req.on('data', (piece: Buffer) => pieces.push(piece));
    req.on('error', () => undefined);
    req.on('end', () => {
      const { model, stream = false } = JSON.parse(Buffer.concat(pieces).toString()) as {
        model: string;
        stream?: boolean;
      };
      calls.set(model, (calls.get(model) ?? 0) + 1);
      const fault = faults[Number(model.split('.')[0])];
      if (fault?.serve === undefined) return succeed(res, stream);
      const hang = () => {
        hanging.add(res);
        res.once('close', () => hanging.delete(res));
      };
      fault.serve({ res, stream, hang, key: (req.headers.authorization ?? '').replace('Bearer ', '') });
    });
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port: closedPort } = closed.address() as AddressInfo;
  closed.close();

  const models = cases.map((one) => {
    const target = `${one.fault.provider ?? 'bad'}/${modelOf(one)}`;
    return `  "${modelOf(one)}": ${one.chain ? `[${target}, good/fine]` : target}`;
  });
  const gateway = await createGateway({
    config: {
      name: 'gateway.yaml',
      text: `providers:
  bad:       { kind: openai, base_url: "http://127.0.0.1:${port}/v1", apis: [chat], api_key: sk-bad, vendor: one }
  good:      { kind: openai, base_url: "http://127.0.0.1:${port}/v1", apis: [chat], api_key: sk-good, vendor: two }
  pool:      { kind: openai, base_url: "http://127.0.0.1:${port}/v1", apis: [chat], api_key: [sk-bad, sk-good], vendor: one }
  closed:    { kind: openai, base_url: "http://127.0.0.1:${closedPort}/v1", apis: [chat], api_key: sk-bad, vendor: one }
  nowhere:   { kind: openai, base_url: "http://nowhere.invalid/v1", apis: [chat], api_key: sk-bad, vendor: one }
  plaintext: { kind: openai, base_url: "https://127.0.0.1:${port}/v1", apis: [chat], api_key: sk-bad, vendor: one }
models:
${models.join('\n')}
`,
    },
    policies,
    env: {},
    port: 0,
    data,
    services: { log: silentLog, random: fixedRandom(), clock },
  });
  const { url } = await gateway.listen();
  // Time stands still but for the pauses before retries, and flies when everything that is under way hangs: limits run
  // out for nobody else, however slow the machine is.
  let stillTicks = 0;
  const ticking = setInterval(() => {
    const { inFlight } = gateway.status();
    const still = inFlight > 0 && inFlight === hanging.size;
    stillTicks = still ? stillTicks + 1 : 0;
    void clock.advance(stillTicks > 30 ? 10_000 : 1);
    if (stillTicks > 30) stillTicks = 0;
  }, 1);
  return {
    gateway,
    url,
    /** How often a provider was really asked for a model. */
    calls: (model: string) => calls.get(model) ?? 0,
    async close() {
      await gateway.close();
      clearInterval(ticking);
      upstream.closeAllConnections();
      upstream.close();
    },
  };
}
