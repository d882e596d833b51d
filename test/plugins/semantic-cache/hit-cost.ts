/**
 * What a hit costs on the whole path, by hand: a real gateway, one namespace with many entries, requests without a socket,
 * then over sockets from a process of its own.
 *
 *   node test/plugins/semantic-cache/hit-cost.ts [ENTRIES]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createGateway } from '../../../core/gateway.ts';
import type { Gateway } from '../../../core/runtime/gateway.ts';
import { chatReply, ScriptedUpstream } from '../../../core/testing.ts';
import { recordingLog } from '../../../sdk/testing/fakes.ts';
import type { HitOrder, HitReport } from './hit-client.ts';

const entries = Number(process.argv[2] ?? 100_000);
const config = `
server: { port: 0 }
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream }
models: { test: up/model }
stores: { vectors: memory }
`;
const warmUp = 1000;
const verbs =
  'reset change cancel renew export delete import share print rename archive restore merge split copy move'.split(
    ' ',
  );
const nouns =
  'password invoice account calendar report contract ticket dashboard folder backup printer budget keyboard garden recipe engine telescope violin passport umbrella'.split(
    ' ',
  );
const places =
  'Berlin Madrid Oslo Lisbon Vienna Dublin Prague Athens Warsaw Helsinki Zurich Geneva Milan Turin Lyon Porto Seville Krakow Riga Tallinn'.split(
    ' ',
  );

/** Different questions: each has another noun, verb, place or number. */
function prompt(index: number): string {
  const verb = verbs[index % verbs.length];
  const noun = nouns[Math.floor(index / verbs.length) % nouns.length];
  const place = places[Math.floor(index / (verbs.length * nouns.length)) % places.length];
  const number = Math.floor(index / (verbs.length * nouns.length * places.length));
  return `How do I ${verb} the ${noun} for the team in ${place}, case ${number}?`;
}
const reworded = (index: number) => prompt(index).replace('How do I', 'How can I');

async function main(): Promise<void> {
  const log = recordingLog();
  const upstream = new ScriptedUpstream();
  upstream.otherwise(() =>
    chatReply('This is an answer of a length that is usual for a question of support.'),
  );
  const make = (policies: Record<string, string>) =>
    createGateway({
      config: { name: 'gateway.yaml', text: config },
      policies,
      env: {},
      http: upstream,
      services: { log },
    });
  const gateway = await make({
    '50-cache.yaml': 'plugin: semantic-cache\nmax_bytes: 1gb\nshadow: { share: 0 }',
  });
  const plain = await make({});
  const ask = async (text: string, to = gateway) => {
    const response = await to.request(
      new Request('http://gateway.test/v1/chat/completions', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'test', messages: [{ role: 'user', content: text }] }),
      }),
    );
    await response.text();
    return response.headers;
  };
  const began = performance.now();
  for (let index = 0; index < entries; index += 1) {
    await ask(prompt(index));
    upstream.calls.length = 0;
  }
  console.log(`filled with ${entries} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const stats = await gateway.request(new Request('http://gateway.test/cache/stats'));
  const { vector_store: vectors, exact_store: exact } = (await stats.json()) as Record<
    string,
    { bytes: number; entries: number }
  >;
  console.log(
    `vectors: ${vectors?.entries} entries, ${mb(vectors?.bytes)} MB; exact: ${exact?.entries}, ${mb(exact?.bytes)} MB`,
  );

  const random = (at: number) =>
    Math.floor((((at * 2_654_435_761) % 4_294_967_296) / 4_294_967_296) * entries);
  const rounds: [string, (at: number) => Promise<Headers>, string | null][] = [
    ['without the cache, fake provider', (at) => ask(prompt(random(at)), plain), null],
    ['exact hit', (at) => ask(prompt(random(at))), 'exact'],
    ['semantic hit', (at) => ask(reworded(random(at))), 'semantic'],
    [
      'semantic miss',
      (at) => ask(`Tell me about ${nouns[at % nouns.length]} number ${at} in ${places[at % 20]}`, gateway),
      'miss',
    ],
  ];
  for (const [name, run, wanted] of rounds) {
    for (const lanes of [1, 32]) {
      const took: number[] = [];
      const own: number[] = [];
      let got = 0;
      let next = 0;
      const lane = async () => {
        while (next < warmUp + 4000) {
          const at = next++ + lanes * 10_000;
          const start = performance.now();
          const headers = await run(at);
          if (next > warmUp) {
            took.push(performance.now() - start);
            own.push(Number(headers.get('x-gateway-overhead-ms')));
          }
          if (wanted === null || headers.get('x-gateway-cache') === wanted) got += 1;
        }
      };
      const cpu = process.cpuUsage();
      await Promise.all(Array.from({ length: lanes }, lane));
      // Of the whole process: what a machine that is busy with other things does not blur.
      const { user, system } = process.cpuUsage(cpu);
      const cpuMs = ((user + system) / 1000 / next).toFixed(3);
      console.log(
        `${name.padEnd(34)} x${String(lanes).padEnd(3)} whole request ${range(took)}   overhead ${range(own)}   CPU ${cpuMs} ms   ${got} of ${next} as wanted`,
      );
    }
  }
  await overSockets(gateway, random);
  await gateway.close();
  await plain.close();
}

async function overSockets(gateway: Gateway, random: (at: number) => number): Promise<void> {
  const { url } = await gateway.listen();
  const client = fork(new URL('./hit-client.ts', import.meta.url));
  const rounds: [string, (at: number) => string][] = [
    ['exact hit over sockets', (at) => prompt(random(at))],
    ['semantic hit over sockets', (at) => reworded(random(at))],
  ];
  for (const [name, textOf] of rounds) {
    for (const [lanes, paceMs] of [
      [1, 0],
      [32, 0],
      [32, 64],
    ] as const) {
      const prompts = Array.from({ length: 10_000 }, (_, at) => textOf(at + lanes * 10_000));
      const cpu = process.cpuUsage();
      const began = performance.now();
      client.send({ url, lanes, paceMs, prompts } satisfies HitOrder);
      const [report] = (await once(client, 'message')) as [HitReport];
      const seconds = (performance.now() - began) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      const cpuMs = ((user + system) / 1000 / prompts.length).toFixed(3);
      const rate = (prompts.length / seconds).toFixed(0);
      console.log(
        `${name.padEnd(34)} x${String(lanes).padEnd(3)} ${paceMs > 0 ? 'at its own pace' : 'whole request'} ${range([...report.tookMs])}   ${rate}/s   CPU ${cpuMs} ms   ${JSON.stringify(report.said)}`,
      );
    }
  }
  client.disconnect();
}

function range(list: number[]): string {
  const sorted = list.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)]!.toFixed(3);
  return `p50 ${at(0.5)} p99 ${at(0.99)} ms`;
}

function mb(bytes: number | undefined): string {
  return ((bytes ?? 0) / 1_048_576).toFixed(0);
}

await main();
