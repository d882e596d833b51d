import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { masterKey } from '../drills/budget.ts';
import { startSteadyUpstream } from '../drills/rehearsal.ts';
import { noPostgres, startPostgres } from '../stores/postgres.ts';
import { redisMissing, startRedis } from '../stores/redis.ts';
import { type Served, serveProcess } from './serve-process.ts';

/** Why tests with workers do not run here; false where they do. */
export const skip = redisMissing || noPostgres;
/** Questions over new connections: workers get these in turn, so each answers several. */
const rounds = 4;

export interface WorkerJson {
  readonly worker: number;
  readonly pid: number | null;
  readonly state: string;
  readonly replaced: boolean;
  readonly version?: string | null;
}

/** What tests go on with. */
export interface Answer {
  readonly status: number;
  readonly cookie: string;
  readonly json: {
    readonly csrf: string;
    readonly signed_in: boolean;
    readonly version: string;
    readonly rows: readonly { readonly request_id: string; readonly at: string; readonly tenant: string }[];
    readonly next: string | null;
    readonly workers: readonly WorkerJson[];
    readonly totals: {
      readonly requests: number;
      readonly cost_nano_usd: number;
      readonly input_tokens: number;
    };
    readonly errors_by_provider: readonly { readonly attempts: number }[];
    readonly providers: readonly {
      readonly attempts: number;
      readonly targets: readonly { readonly successes: number }[];
    }[];
    readonly requestId: string;
    readonly versions: readonly { readonly version: string }[];
    readonly files: readonly { readonly name: string; readonly text: string }[];
    readonly error: { readonly code: string };
    readonly compared: number;
    readonly usage: { readonly total_tokens: number };
  };
}

/** Two workers, somebody who is signed in, and ways to ask. */
export class House {
  readonly served: Served;
  readonly folder: string;
  cookie = '';
  csrf = '';

  constructor(served: Served, folder: string) {
    this.served = served;
    this.folder = folder;
  }

  /** A new connection each time. */
  async send(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: unknown,
  ): Promise<Answer> {
    const answer = await fetch(`${this.served.url}${path}`, {
      method,
      headers: { connection: 'close', ...headers },
      ...(body === undefined ? undefined : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      cookie: (answer.headers.get('set-cookie') ?? '').split(';', 1)[0]!,
      json: (text.startsWith('{') ? JSON.parse(text) : {}) as Answer['json'],
    };
  }

  async signIn(): Promise<void> {
    const json = { 'content-type': 'application/json' };
    const answer = await this.send('POST', '/playground/api/session', json, { master_key: masterKey });
    this.cookie = answer.cookie;
    this.csrf = answer.json.csrf;
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', `/playground/api${path}`, { cookie: this.cookie });
  }

  /** As `get`, again where one was too busy to answer the others in time: on a machine with much to do that happens. */
  async whole(path: string): Promise<Answer> {
    for (;;) {
      const answer = await this.get(path);
      const { workers } = answer.json;
      if (workers.length > 0 && workers.every(({ state }) => state !== 'silent')) return answer;
    }
  }

  post(path: string, body: unknown, method = 'POST'): Promise<Answer> {
    const own = { cookie: this.cookie, 'x-sluice-csrf': this.csrf, 'content-type': 'application/json' };
    return this.send(method, `/playground/api${path}`, own, body);
  }

  /** Sends chat requests, one after the other. @returns their ids, the first one first. */
  async chat(count: number, tenant = 'acme'): Promise<string[]> {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const answer = await fetch(`${this.served.url}/v1/chat/completions`, {
        method: 'POST',
        headers: {
          connection: 'close',
          authorization: `Bearer ${masterKey}`,
          'content-type': 'application/json',
          'x-tenant-id': tenant,
        },
        body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] }),
      });
      await answer.text();
      ids.push(answer.headers.get('x-request-id')!);
    }
    return ids;
  }

  /** All pages of the list, put together. */
  async pages(limit: number, more = ''): Promise<string[]> {
    const ids: string[] = [];
    for (let before: string | null = ''; before !== null; ) {
      const query = before === '' ? '' : `&before=${before}`;
      const page: Answer = await this.whole(`/traffic?limit=${limit}${more}${query}`);
      ids.push(...page.json.rows.map(({ request_id: id }) => id));
      before = page.json.next;
    }
    return ids;
  }
}

/** Asks so often that every worker answers. */
export async function each<T>(ask: () => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  for (let round = 0; round < rounds; round += 1) answers.push(await ask());
  return answers;
}

/** Waits for what comes in its own time. */
export async function until(ask: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await ask())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Process ids of the workers, in the order in which they began to serve. */
export function pidsOf({ log }: Served): number[] {
  return [...log().matchAll(/"pid":(\d+),"message":"a worker serves"/g)].map(([, pid]) => Number(pid));
}

/** A gateway of two workers on a Redis, a PostgreSQL and a provider of this machine. */
export async function house(t: Test, auth = `auth: { master_key: ${masterKey} }\n`): Promise<House> {
  const [redis, postgres, upstream] = await Promise.all([
    startRedis(),
    startPostgres(),
    startSteadyUpstream(),
  ]);
  t.teardown(() => Promise.all([redis.stop(), postgres.close(), upstream.close()]));
  // Short, as the path of a socket must be.
  const dir = mkdtempSync(join(tmpdir(), 'sluice-wc-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }));
  const folder = mkdtempSync(join(dir, 'p-'));
  writeFileSync(
    join(folder, '00-ledger.yaml'),
    'plugin: ledger\nprices: { up/m: { input: $1.25, output: $3.77 } }\n',
  );
  writeFileSync(
    join(dir, 'gateway.yaml'),
    `${auth}providers: { up: { kind: openai, base_url: "http://127.0.0.1:${upstream.port}/v1", apis: [chat], api_key: x } }
models: { m: up/m }
stores: { counters: "${redis.url}", ledger: "${await postgres.database()}" }
`,
  );
  const served = await serveProcess([
    ...['--policies', folder, '--config', join(dir, 'gateway.yaml'), '--data', join(dir, 'data')],
    ...['--workers', '2'],
  ]);
  t.teardown(() => served.child.kill('SIGKILL'));
  return new House(served, folder);
}
