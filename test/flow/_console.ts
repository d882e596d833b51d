import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { createGateway } from '../../core/gateway.ts';
import { FakeClock } from '../../sdk/testing/clock.ts';
import { countingIds, fixedRandom, type RecordingLog, recordingLog } from '../../sdk/testing/fakes.ts';
import { ScriptedUpstream } from '../../sdk/testing/upstream.ts';

export const master = 'sk-master-0123456789';
const providers =
  'providers: { up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-up } }\nmodels: { test: up/model, other: up/other }\n';

export interface ConsoleOptions {
  readonly open?: boolean;
  readonly config?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Policies in memory, in place of a folder. */
  readonly inMemory?: boolean;
  readonly app?: string;
}

/** An answer, read to its end. */
export interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: AnswerJson;
}

/** What tests go on with. */
export interface AnswerJson {
  readonly csrf: string;
  readonly version: string;
  readonly folder_version: string;
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly case_files: readonly { readonly name: string; readonly text: string }[];
  readonly versions: readonly { readonly version: string; readonly active: boolean }[];
  readonly rows: readonly { readonly request_id: string }[];
  readonly next: string | null;
  readonly error: { readonly code: string; readonly message: string };
  readonly totals: { readonly cost_nano_usd: number; readonly requests: number };
  readonly total: { readonly cost_nano_usd: number };
  readonly groups: readonly {
    readonly what: string;
    readonly count: number;
    readonly tenant?: string;
    readonly cost_nano_usd?: number;
  }[];
  readonly spend_today: readonly { readonly tenant: string; readonly cost_nano_usd: number }[];
}

/** A gateway with a policies folder on disk, and a browser that is signed in. */
export async function consoleGateway(t: Test, options: ConsoleOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-console-test-'));
  const data = await mkdtemp(join(tmpdir(), 'sluice-console-data-'));
  for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(join(folder, name), text);
  const upstream = new ScriptedUpstream();
  const clock = new FakeClock();
  const log: RecordingLog = recordingLog();
  const auth = options.open === true ? '' : `auth: { master_key: ${master} }\n`;
  const gateway = await createGateway({
    config: { name: 'gateway.yaml', text: `${auth}${providers}${options.config ?? ''}` },
    policies: options.inMemory === true ? (options.files ?? {}) : folder,
    env: {},
    data,
    http: upstream,
    ...(options.app === undefined ? undefined : { consoleFiles: options.app }),
    services: { clock, random: fixedRandom(), ids: countingIds(), log },
  });
  t.teardown(async () => {
    await gateway.close();
    await rm(folder, { recursive: true, force: true });
    await rm(data, { recursive: true, force: true });
  });
  const raw = (
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: unknown,
  ) =>
    gateway.request(
      new Request(`http://gateway.test${path}`, {
        method,
        headers,
        ...(body === undefined
          ? undefined
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    );
  const send = async (
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: unknown,
  ): Promise<Got> => {
    const answer = await raw(method, path, headers, body);
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true;
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      json: (isJson ? JSON.parse(text) : {}) as AnswerJson,
    };
  };
  const json = { 'content-type': 'application/json' };
  const signIn = async (key = master): Promise<Got> =>
    send('POST', '/playground/api/session', json, { master_key: key });
  const signedIn = await signIn();
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';', 1)[0]!;
  const csrf = signedIn.json.csrf ?? '';
  const own = { cookie, 'x-sluice-csrf': csrf, ...json };
  return {
    gateway,
    folder,
    upstream,
    clock,
    log,
    raw,
    send,
    signIn,
    cookie,
    csrf,
    /** As the app asks: with cookie and header. */
    get: (path: string) => send('GET', `/playground/api${path}`, { cookie }),
    post: (path: string, body: unknown) => send('POST', `/playground/api${path}`, own, body),
    chat: (more: object = {}, headers: Readonly<Record<string, string>> = {}) =>
      send(
        'POST',
        '/v1/chat/completions',
        { authorization: `Bearer ${master}`, ...json, ...headers },
        {
          model: 'test',
          messages: [{ role: 'user', content: 'Hi' }],
          ...more,
        },
      ),
  };
}

/** The events of a text of server-sent events. */
export function eventsOf(text: string): { readonly event: string; readonly data: unknown }[] {
  return [...text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(([, event, data]) => ({
    event: event!,
    data: JSON.parse(data!) as unknown,
  }));
}
