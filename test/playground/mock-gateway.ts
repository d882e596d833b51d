/**
 * A stand-in for the gateway's side of the web app: the files of `playground/dist` under the headers of the real one, and
 * fixtures behind its routes. `node test/playground/mock-gateway.ts [PORT]` runs it by itself; the master key is `sk-master`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Workers } from '../../playground/src/api/types.ts';
import { costReport } from './mock-costs.ts';
import { overview, policies, providers, seeded, summary } from './mock-data.ts';
import { MockKeys } from './mock-keys.ts';
import { record } from './mock-record.ts';

export const dist = fileURLToPath(new URL('../../playground/dist/', import.meta.url));
export const masterKey = 'sk-master';

const csp =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

export interface MockOptions {
  /** Without a master key. */
  readonly open?: boolean;
  /** Requests per second of the live tail. */
  readonly rate?: number;
  readonly nowMs?: number;
  readonly port?: number;
  /** Paths that answer 503, for error states. */
  readonly failing?: Set<string>;
  /** How many requests there were before. */
  readonly history?: number;
  /** Nothing has happened yet, for empty states. */
  readonly empty?: boolean;
  /** How the gateway's workers stand; one process by default. */
  readonly workers?: () => Workers;
}

export interface MockGateway {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts on a free port of the loopback. */
export async function startMockGateway(options: MockOptions = {}): Promise<MockGateway> {
  const nowMs = options.nowMs ?? Date.now();
  const random = seeded(42);
  const history = options.history ?? 400;
  const keys = new MockKeys(nowMs);
  const rows =
    options.empty === true
      ? []
      : Array.from({ length: history }, (_, index) => summary(history - index, nowMs - index * 730, random));
  const byId = new Map(rows.map((row) => [row.request_id, row]));
  const state = { signedIn: false, version: '9f2c41d07a3be852' };
  const timers = new Set<NodeJS.Timeout>();

  const session = () => ({
    signed_in: state.signedIn,
    open: options.open === true,
    csrf: state.signedIn || options.open === true ? 'csrf-token' : null,
    expires_at: null,
    version: '0.1.0',
    policy_version: state.version,
    read_only: false,
  });

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => fail(response, 500, 'internal_error', String(error)));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://mock');
    const { pathname: path, searchParams } = url;
    const body = request.method === 'POST' ? await bodyOf(request) : {};
    if (path === '/playground/api/session') {
      if (request.method === 'DELETE') state.signedIn = false;
      if (request.method === 'POST') {
        if (body['master_key'] !== masterKey)
          return fail(response, 401, 'invalid_api_key', 'Not the master key.');
        state.signedIn = true;
      }
      return send(response, session());
    }
    if (path.startsWith('/playground/') && !path.startsWith('/playground/api/'))
      return sendFile(response, path);
    if (!state.signedIn && options.open !== true) return fail(response, 401, 'invalid_api_key', 'Sign in.');
    if (request.method !== 'GET' && request.headers['x-sluice-csrf'] !== 'csrf-token') {
      return fail(response, 403, 'policy_denied', 'The x-sluice-csrf header is missing.');
    }
    if (options.failing?.has(path) === true)
      return fail(response, 503, 'store_unavailable', 'The ledger does not answer.');
    if (path === '/playground/api/overview')
      return send(response, overviewOf(searchParams.get('window') ?? '1h'));
    if (path === '/playground/api/providers')
      return send(response, { providers: options.empty === true ? [] : providers(nowMs) });
    if (path === '/playground/api/policies') return send(response, policies(state.version, nowMs));
    if (path === '/playground/api/policies/rollback') {
      state.version = String(body['version']);
      return send(response, { version: state.version });
    }
    if (path === '/playground/api/traffic') return send(response, traffic(searchParams));
    if (path === '/playground/api/traffic/tail') return tail(response, searchParams);
    if (path.startsWith('/v1/decisions/')) {
      const row = byId.get(path.slice('/v1/decisions/'.length));
      return row === undefined
        ? fail(response, 404, 'not_found', 'No such record.')
        : send(response, record(row));
    }
    if (path === '/cost/report') {
      const by = (searchParams.get('by') ?? 'tenant').split(',').filter(Boolean);
      const report = costReport(by, searchParams.get('since'), searchParams.get('until'), nowMs);
      return send(
        response,
        options.empty === true
          ? { ...report, groups: [], total: { ...report.total, requests: 0, cost_nano_usd: 0 } }
          : report,
      );
    }
    if (path === '/key/list')
      return send(
        response,
        keys.list(Number(searchParams.get('page') ?? 1), Number(searchParams.get('size') ?? 10)),
      );
    if (path.startsWith('/key/')) {
      const changed = keys.change(path, body);
      if (changed === undefined) return fail(response, 404, 'not_found', 'No such key.');
      if (changed !== null) return send(response, changed);
    }
    fail(response, 404, 'not_found', 'No such route.');
  }

  function overviewOf(window: string) {
    const full = { ...overview(window, nowMs), workers: options.workers?.() ?? null };
    if (options.empty !== true) return full;
    const totals = {
      ...full.totals,
      requests: 0,
      errors: 0,
      p95_ms: null,
      rate_limited_ratio: null,
      cache_hit_ratio: null,
      cache_wrong_bound: null,
      fallback_ratio: null,
      cost_nano_usd: 0,
    };
    return {
      ...full,
      buckets: [],
      totals,
      spend_today: [],
      errors_by_provider: [],
      breakers: [],
      in_flight: 0,
    };
  }

  function traffic(query: URLSearchParams) {
    const limit = Number(query.get('limit') ?? 100);
    const before = query.get('before');
    const fitting = rows.filter((row) => fits(row, query));
    const start = before === null ? 0 : fitting.findIndex((row) => row.request_id === before) + 1;
    const page = fitting.slice(start, start + limit);
    return {
      rows: page,
      next: start + limit < fitting.length ? page.at(-1)!.request_id : null,
      workers: options.workers?.() ?? null,
    };
  }

  function tail(response: ServerResponse, query: URLSearchParams): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(': open\n\n');
    let index = history + 600;
    const rate = options.rate ?? 8;
    if (rate === 0) return;
    let told = JSON.stringify(options.workers?.() ?? null);
    const timer = setInterval(() => {
      const workers = JSON.stringify(options.workers?.() ?? null);
      if (workers !== told) response.write(`event: workers\ndata: ${workers}\n\n`);
      told = workers;
      const made = Array.from({ length: Math.max(1, Math.round(rate / 4)) }, () =>
        summary(++index, Date.now(), random),
      );
      for (const row of made) byId.set(row.request_id, row);
      const fitting = made.filter((row) => fits(row, query)).reverse();
      const shown = fitting.slice(0, 100);
      response.write(`event: rows\ndata: ${JSON.stringify(shown)}\n\n`);
      const left = fitting.length - shown.length;
      if (left > 0) response.write(`event: skipped\ndata: {"count":${left}}\n\n`);
    }, 250);
    timers.add(timer);
    response.on('close', () => clearInterval(timer));
  }

  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      for (const timer of timers) clearInterval(timer);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function fits(row: ReturnType<typeof summary>, query: URLSearchParams): boolean {
  const same = (name: 'outcome' | 'alias' | 'tenant' | 'key' | 'feature', param: string = name) => {
    const wanted = query.get(param);
    return wanted === null || wanted === '' || row[name] === wanted;
  };
  const status = query.get('status');
  const q = query.get('q') ?? '';
  return (
    same('outcome') &&
    same('alias', 'model') &&
    same('tenant') &&
    same('key') &&
    same('feature') &&
    (status === null ||
      status === '' ||
      String(row.status) === status ||
      `${String(row.status)[0]}xx` === status) &&
    (q === '' || JSON.stringify(row).includes(q))
  );
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

function send(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}

function fail(response: ServerResponse, status: number, code: string, message: string): void {
  send(response, { error: { message, type: 'invalid_request_error', code, param: null } }, status);
}

function sendFile(response: ServerResponse, path: string): void {
  const name = normalize(path.slice('/playground/'.length)).replace(/^(\.\.\/)+/, '');
  const file = extname(name) === '' ? 'index.html' : name;
  const full = join(dist, file);
  if (!existsSync(full)) return fail(response, 404, 'not_found', 'No such file.');
  response.writeHead(200, {
    'content-type': types[extname(file)] ?? 'application/octet-stream',
    'content-security-policy': csp,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  });
  response.end(readFileSync(full));
}

if (import.meta.main) {
  const { url } = await startMockGateway({
    port: Number(process.argv[2] ?? 4100),
    rate: Number(process.argv[3] ?? 8),
  });
  process.stdout.write(`${url}/playground/ (master key ${masterKey})\n`);
}
