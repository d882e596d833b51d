import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { chatEvents, sse } from '../../core/testing.ts';

/** What a client sees of a request whose only target has the fault. */
export interface Seen {
  /** `kind` of the failure on the record; null where the answer is complete. */
  readonly kind: string | null;
  readonly status: number;
  /** `error.code` as OpenAI's dialects say it; null where there is an answer. */
  readonly code: string | null;
  /** How often the target is called with one retry allowed. */
  readonly calls: number;
  /** A part of the answer has reached the client: no other target may be asked. */
  readonly begun?: true;
}

/** One call of the provider. */
export interface Call {
  readonly res: ServerResponse;
  readonly stream: boolean;
  readonly key: string;
  /** Says that nothing more will come of it. */
  readonly hang: () => void;
}

/** One way for a provider to fail. */
export interface Fault {
  readonly name: string;
  /** Provider of the configuration that has it; `bad` by default. */
  readonly provider?: string;
  /** Answers a call, or does not. */
  readonly serve?: (call: Call) => void;
  readonly whole: Seen;
  readonly stream: Seen;
}

const answer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_767_225_600,
  model: 'scripted',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
};
const events = chatEvents(['Hel', 'lo']);
const role = sse({
  ...(events[0] as object),
  choices: [{ index: 0, delta: { role: 'assistant' } }],
} as never);
const half = JSON.stringify(answer).slice(0, 60);

const failed = (kind: string, status: number, code: string, calls = 2): Seen => ({
  kind,
  status,
  code,
  calls,
});
const both = (seen: Seen) => ({ whole: seen, stream: seen });
const interrupted = (kind: string): Seen => ({
  kind,
  status: 200,
  code: 'stream_interrupted',
  calls: 1,
  begun: true,
});

/** Sends a good answer. */
export function succeed(res: ServerResponse, stream: boolean): void {
  if (!stream) {
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    return;
  }
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  res.end(events.map((event) => sse(event)).join(''));
}

function refuse(status: number, headers: Record<string, string> = {}): NonNullable<Fault['serve']> {
  return ({ res }) => {
    res.writeHead(status, { 'content-type': 'application/json', ...headers });
    res.end(JSON.stringify({ error: { message: 'no', type: 'some_error', code: null } }));
  };
}

/** A head, then `text`, then whatever `then` does. */
function begin(
  text: (stream: boolean) => string,
  then: (res: ServerResponse, hang: () => void) => void,
): NonNullable<Fault['serve']> {
  return ({ res, stream, hang }) => {
    res.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
    res.flushHeaders();
    const made = text(stream);
    if (made === '') then(res, hang);
    else res.write(made, () => then(res, hang));
  };
}

const reset = (res: ServerResponse) => void res.socket?.resetAndDestroy();
const hang = (_: ServerResponse, nothingMore: () => void) => nothingMore();
const end = (res: ServerResponse) => void res.end();

export const faults: readonly Fault[] = [
  { name: 'refused connection', provider: 'closed', ...both(failed('connect', 502, 'upstream_error')) },
  { name: 'DNS failure', provider: 'nowhere', ...both(failed('connect', 502, 'upstream_error')) },
  { name: 'TLS failure', provider: 'plaintext', ...both(failed('connect', 502, 'upstream_error')) },
  {
    name: 'reset before headers',
    serve: ({ res }) => reset(res),
    ...both(failed('cut', 502, 'upstream_error')),
  },
  {
    name: 'reset after headers',
    serve: begin(() => '', reset),
    ...both(failed('cut', 502, 'upstream_error')),
  },
  { name: 'slow headers', serve: ({ hang }) => hang(), ...both(failed('timeout', 504, 'upstream_timeout')) },
  {
    name: 'slow first token',
    serve: begin((stream) => (stream ? role : ''), hang),
    ...both(failed('timeout', 504, 'upstream_timeout')),
  },
  {
    name: 'stall in the middle',
    serve: begin((stream) => (stream ? sse(events[0]!) : half), hang),
    whole: failed('timeout', 504, 'upstream_timeout'),
    stream: interrupted('timeout'),
  },
  {
    name: 'cut in the middle',
    serve: begin((stream) => (stream ? sse(events[0]!) : half), reset),
    whole: failed('cut', 502, 'upstream_error'),
    stream: interrupted('cut'),
  },
  {
    name: 'a clean end in the middle',
    serve: begin((stream) => (stream ? sse(events[0]!) : half), end),
    whole: failed('malformed', 502, 'upstream_error'),
    stream: interrupted('cut'),
  },
  { name: '429', serve: refuse(429), ...both(failed('rate_limit', 429, 'rate_limit_exceeded')) },
  {
    name: '429 with Retry-After',
    serve: refuse(429, { 'retry-after': '30' }),
    ...both(failed('rate_limit', 429, 'rate_limit_exceeded', 1)),
  },
  { name: '500', serve: refuse(500), ...both(failed('server_error', 502, 'upstream_error')) },
  { name: '502', serve: refuse(502), ...both(failed('server_error', 502, 'upstream_error')) },
  { name: '503', serve: refuse(503), ...both(failed('overloaded', 503, 'overloaded')) },
  { name: '529', serve: refuse(529), ...both(failed('overloaded', 503, 'overloaded')) },
  { name: '400', serve: refuse(400), ...both(failed('invalid_request', 400, 'invalid_request', 1)) },
  { name: '401', serve: refuse(401), ...both(failed('auth', 502, 'upstream_error', 1)) },
  { name: '403', serve: refuse(403), ...both(failed('auth', 502, 'upstream_error', 1)) },
  { name: '404', serve: refuse(404), ...both(failed('not_found', 404, 'model_not_found', 1)) },
  {
    name: '401 on one key of a pool',
    provider: 'pool',
    serve: (call) => (call.key === 'sk-bad' ? refuse(401)(call) : succeed(call.res, call.stream)),
    ...both({ kind: null, status: 200, code: null, calls: 2 }),
  },
  {
    name: '200 with an error body',
    serve: ({ res }) => {
      res.writeHead(200, { 'content-type': 'application/json' });
      res.end(JSON.stringify({ error: { message: 'no', type: 'server_error', code: 500 } }));
    },
    ...both(failed('server_error', 502, 'upstream_error')),
  },
  {
    name: '200 with an error first in the stream',
    serve: begin(() => sse({ error: { message: 'no', type: 'server_error', code: 500 } }), end),
    whole: failed('malformed', 502, 'upstream_error'),
    stream: failed('server_error', 502, 'upstream_error'),
  },
  {
    name: 'malformed JSON',
    serve: begin((stream) => (stream ? 'data: {"choices": [\n\n' : '{"choices": ['), end),
    ...both(failed('malformed', 502, 'upstream_error')),
  },
  {
    name: 'malformed SSE',
    serve: begin(() => '<html>it works</html>', end),
    whole: failed('malformed', 502, 'upstream_error'),
    stream: failed('cut', 502, 'upstream_error'),
  },
  {
    name: 'empty body',
    serve: begin(() => '', end),
    whole: failed('malformed', 502, 'upstream_error'),
    stream: failed('cut', 502, 'upstream_error'),
  },
  {
    name: 'wrong content type',
    serve: ({ res }) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html>it works</html>'),
    ...both(failed('malformed', 502, 'upstream_error')),
  },
  {
    name: 'gzip',
    serve: ({ res, stream }) => {
      const text = stream ? events.map((event) => sse(event)).join('') : JSON.stringify(answer);
      const type = stream ? 'text/event-stream' : 'application/json';
      res.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' }).end(gzipSync(text));
    },
    ...both({ kind: null, status: 200, code: null, calls: 1 }),
  },
  {
    name: 'damaged gzip',
    serve: ({ res, stream }) => {
      const type = stream ? 'text/event-stream' : 'application/json';
      res.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' }).end('no gzip at all');
    },
    ...both(failed('cut', 502, 'upstream_error')),
  },
  {
    name: 'oversized body',
    serve: ({ res, stream }) => {
      res.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
      const piece = Buffer.alloc(1024 * 1024, 0x61);
      let left = stream ? 9 : 65;
      res.write(stream ? 'data: "' : '{"x":"');
      const more = () => {
        if (res.destroyed) return;
        if (left-- === 0) return void res.end('"}\n\n');
        res.write(piece, more);
      };
      more();
    },
    whole: failed('cut', 502, 'upstream_error'),
    stream: failed('cut', 502, 'upstream_error'),
  },
];
