import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { sse } from '../../core/testing.ts';
import { masterKey } from './budget.ts';

/** Nano-dollars a token, in and out: of no round sum. */
export const inputNanoUsd = 1_250;
export const outputNanoUsd = 3_770;

export const rehearsalPolicies: Readonly<Record<string, string>> = {
  '00-ledger.yaml': `plugin: ledger\nprices: { up/m: { input: $${inputNanoUsd / 1000}, output: $${outputNanoUsd / 1000} } }\n`,
  '10-keys.yaml': 'plugin: keys\ntenants: { acme: { max_budget: $1000, budget_duration: 1mo } }\n',
  '20-limits.yaml':
    'plugin: token-limiter\nlimits: [{ by: feature, per: month, usd: $1000 }, { by: global, per: month, usd: $1000 }]\n',
};

/** A provider that always answers, each time with another count of tokens. */
export interface SteadyUpstream {
  readonly port: number;
  /** Answers given so far, and what they cost. */
  readonly given: { answers: number; nanoUsd: number };
  close(): void;
}

export async function startSteadyUpstream(): Promise<SteadyUpstream> {
  const given = { answers: 0, nanoUsd: 0 };
  const base = { id: 'chatcmpl-1', created: 1, model: 'm' };
  const server = createServer((req, res) => {
    let text = '';
    req.on('data', (piece) => {
      text += piece;
    });
    req.on('end', () => {
      const { stream } = JSON.parse(text) as { stream?: boolean };
      given.answers += 1;
      const [input, output] = [3 + (given.answers % 17), 1 + (given.answers % 23)];
      given.nanoUsd += input * inputNanoUsd + output * outputNanoUsd;
      const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
      if (stream !== true) {
        const message = { role: 'assistant', content: 'fine' };
        const choices = [{ index: 0, message, finish_reason: 'stop' }];
        res.writeHead(200, { 'content-type': 'application/json' });
        res.end(JSON.stringify({ ...base, object: 'chat.completion', choices, usage }));
        return;
      }
      const chunk = (choice: object) =>
        sse({ ...base, object: 'chat.completion.chunk', choices: [{ index: 0, ...choice }] });
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(chunk({ delta: { role: 'assistant', content: 'fi' }, finish_reason: null }));
      // A stream takes its time, so that some are under way whenever a gateway stops.
      setTimeout(() => {
        res.write(chunk({ delta: { content: 'ne' }, finish_reason: null }));
        res.write(chunk({ delta: {}, finish_reason: 'stop' }));
        res.end(`${sse({ ...base, object: 'chat.completion.chunk', choices: [], usage })}data: [DONE]\n\n`);
      }, 60);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    given,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Makes a key of the tenant, with room for everything. */
export async function makeRoomyKey(url: string): Promise<string> {
  const answer = await fetch(`${url}/key/generate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${masterKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ tenant_id: 'acme', max_budget: 1000, budget_duration: '1mo' }),
  });
  return ((await answer.json()) as { key: string }).key;
}

interface Node {
  readonly url: string;
  readonly pool: Pool;
  ready: boolean;
  /** When the question was asked that `ready` answers. */
  askedMs: number;
}

/** What is known for longer is asked again before a request is sent, however busy the machine of the balancer is. */
const staleMs = 300;

/** Sends requests to those that say they are ready, in turn, over connections that stay open. It never asks twice. */
export class RoundRobin {
  readonly #nodes: Node[];
  #turn = 0;
  #stopped = false;
  readonly #watching: Promise<void>[];

  constructor(urls: readonly string[]) {
    this.#nodes = urls.map((url) => ({
      url,
      pool: new Pool(url, { connections: 8, pipelining: 1 }),
      ready: true,
      askedMs: 0,
    }));
    this.#watching = this.#nodes.map((node) => this.#watch(node));
  }

  get ready(): number {
    return this.#nodes.filter(({ ready }) => ready).length;
  }

  /** @throws Error where the connection failed: such a request is lost. */
  async send(
    headers: Record<string, string>,
    body: string,
  ): Promise<{ status: number; id: string; text: string }> {
    for (let tried = 0; tried <= this.#nodes.length; tried += 1) {
      this.#turn += 1;
      const node = this.#nodes[this.#turn % this.#nodes.length]!;
      if (performance.now() - node.askedMs > staleMs) await this.#look(node);
      const { ready, pool } = node;
      if (!ready) continue;
      const answer = await pool.request({ method: 'POST', path: '/v1/chat/completions', headers, body });
      const text = await answer.body.text();
      return { status: answer.statusCode, id: String(answer.headers['x-request-id']), text };
    }
    throw new Error('no gateway is ready');
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#watching);
    await Promise.all(this.#nodes.map(({ pool }) => pool.destroy()));
  }

  async #watch(node: Node): Promise<void> {
    while (!this.#stopped) {
      await this.#look(node);
      await sleep(50);
    }
  }

  /** As load balancers do: from outside, on connections of its own. */
  async #look(node: Node): Promise<void> {
    const askedMs = performance.now();
    let ready = false;
    try {
      const answer = await fetch(`${node.url}/health/ready`, { headers: { connection: 'close' } });
      await answer.arrayBuffer();
      ready = answer.status === 200;
    } catch {
      // Nobody is there.
    }
    if (askedMs < node.askedMs) return;
    node.askedMs = askedMs;
    node.ready = ready;
  }
}

/** Clients that ask one after the other until they are told to stop. */
export class SteadyLoad {
  readonly seen: { status: number; id: string; whole: boolean }[] = [];
  readonly lost: string[] = [];
  readonly #clients: Promise<void>[];
  #stopped = false;

  constructor(balancer: RoundRobin, key: string, clients: number) {
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'x-feature-id': 'chat',
    };
    const bodyOf = (stream: boolean) =>
      JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 60, stream });
    this.#clients = Array.from({ length: clients }, async (_, client) => {
      for (let count = client; !this.#stopped; count += 1) {
        const stream = count % 2 === 0;
        try {
          const { status, id, text } = await balancer.send(headers, bodyOf(stream));
          const whole = stream ? text.endsWith('data: [DONE]\n\n') : text.includes('"finish_reason":"stop"');
          this.seen.push({ status, id, whole });
        } catch (error) {
          this.lost.push(String(error));
        }
        // Steady, and not as much as fits.
        await sleep(40);
      }
    });
  }

  /** Resolves once so many more were answered. */
  async more(count: number): Promise<void> {
    const wanted = this.seen.length + count;
    while (this.seen.length < wanted && this.lost.length === 0) await sleep(10);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
  }
}
