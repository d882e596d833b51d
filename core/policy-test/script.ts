import type { Chunk, FinishReason } from '../../sdk/chunk.ts';
import type { JsonObject } from '../../sdk/json.ts';
import type { Failure, Provider, ProviderCall } from '../../sdk/provider.ts';
import type { FailureKind } from '../../sdk/target.ts';
import { type RecordedCall, type ScriptedReply, ScriptedUpstream } from '../../sdk/testing/upstream.ts';
import type { Transport, UpstreamRequest } from '../../sdk/transport.ts';
import type { Api } from '../../sdk/view.ts';
import { dialectFor } from '../dialects/registry.ts';
import type { ScriptedFailure, UpstreamReply } from './case.ts';

/** Names the scripted failure to the wrapped provider; no provider sends it. */
const failureHeader = 'x-scripted-failure';

const refusals: Readonly<Partial<Record<ScriptedFailure, { status: number; error: JsonObject }>>> = {
  rate_limit: { status: 429, error: { type: 'rate_limit_error', code: 'rate_limit_exceeded' } },
  server_error: { status: 500, error: { type: 'server_error', code: 'internal_error' } },
  overloaded: { status: 503, error: { type: 'server_error', code: 'overloaded' } },
  context_length: { status: 400, error: { type: 'invalid_request_error', code: 'context_length_exceeded' } },
  content_filter: { status: 400, error: { type: 'invalid_request_error', code: 'content_filter' } },
};

/** A call that a provider was to make, with the wire format it was made in. */
export interface ScriptedCall {
  readonly wire: Api;
  readonly model: string;
  readonly record: RecordedCall;
}

/**
 * Stands in for all providers of a case: each call gets the next reply of the script, whole or streamed as it was
 * asked and in the provider's own wire format; calls behind the script's end are answered `ok`.
 */
export class Script {
  readonly #replies: UpstreamReply[];
  #lastUsd: number | null = null;
  readonly #sent: ((text: string) => void) | null;
  readonly #upstream = new ScriptedUpstream();
  readonly #made = new WeakMap<UpstreamRequest, { readonly call: ProviderCall; readonly wire: Api }>();

  /** @param sent told what the replies send, piece by piece, before it goes on. */
  constructor(replies: readonly UpstreamReply[], sent?: (text: string) => void) {
    this.#replies = [...replies];
    this.#sent = sent ?? null;
    this.#upstream.otherwise((request) => {
      const { call, wire } = this.#made.get(request)!;
      const reply = this.#replies.shift() ?? { text: 'ok' };
      this.#lastUsd = reply.usd ?? null;
      return toReply(reply, call, wire);
    });
  }

  /** Every call so far. */
  get calls(): readonly ScriptedCall[] {
    return this.#upstream.calls.map((record) => {
      const { call, wire } = this.#made.get(record.request)!;
      return { wire, model: call.model, record };
    });
  }

  /** What the reply to the last call costs, where the script says so. */
  get lastUsd(): number | null {
    return this.#lastUsd;
  }

  /** The provider, its calls answered by the script. */
  wrap(provider: Provider): Provider {
    return {
      // A case is about policies: every provider speaks the client's dialect, and nothing is translated.
      dialect: (api, model) => (provider.dialect(api, model) === null ? null : api),
      streamUsage: provider.streamUsage,
      transport: this.#sent === null ? this.#upstream : heard(this.#upstream, this.#sent),
      request: (call) => {
        const request: UpstreamRequest = {
          method: 'POST',
          origin: 'http://scripted.test',
          path: '/',
          headers: call.headers,
          body: call.body,
        };
        this.#made.set(request, { call, wire: call.api });
        return request;
      },
      failure: (answer, wire): Failure => {
        const failure = provider.failure(answer, wire);
        const kind = answer.headers[failureHeader] as FailureKind | undefined;
        // Each provider has its own words for a failure; the case says which one is meant.
        return kind === undefined || failure.kind === kind ? failure : { ...failure, kind };
      },
    };
  }

  /** Stands where HTTP would be: every provider sends through `wrap` instead. */
  get transport(): ScriptedUpstream {
    return this.#upstream;
  }
}

function heard(upstream: Transport, sent: (text: string) => void): Transport {
  return {
    send: (request, limits, handler) =>
      upstream.send(request, limits, {
        onHead: (status, headers) => handler.onHead(status, headers),
        onData(bytes) {
          sent(bytes.toString('utf8'));
          handler.onData(bytes);
        },
        onEnd: () => handler.onEnd(),
        onFailure: (failure) => handler.onFailure(failure),
      }),
  };
}

function toReply(reply: UpstreamReply, call: ProviderCall, wire: Api): ScriptedReply {
  const { fail, status, json } = reply;
  if (fail === 'timeout' || fail === 'connect') return { failure: { kind: fail, message: 'scripted' } };
  if (fail !== undefined) {
    const { status: refused, error } = refusals[fail]!;
    const body = { error: { message: `scripted ${fail}`, param: null, ...error } };
    return { status: refused, headers: { [failureHeader]: fail }, json: body };
  }
  if (status !== undefined || json !== undefined) return { status: status ?? 200, json: json ?? {} };
  const codec = dialectFor(wire).codec({ id: 'scripted', createdAtMs: 0, model: call.model, vendor: '' });
  const chunks = chunksOf(reply, wire);
  if (!call.stream)
    return { headers: { 'content-type': 'application/json' }, bytes: [codec.synthesizeWhole(chunks)] };
  const bytes = [...chunks.map((chunk) => codec.encodeChunks([chunk])), codec.encodeEnd()];
  return { headers: { 'content-type': 'text/event-stream' }, bytes: bytes.filter((piece) => piece !== '') };
}

function chunksOf({ text, chunks, tool, finish, tokensOut }: UpstreamReply, wire: Api): Chunk[] {
  const out: Chunk[] = [];
  if (wire === 'embeddings') {
    out.push({ type: 'opaque', value: { data: [{ object: 'embedding', index: 0, embedding: [0, 0, 1] }] } });
  }
  for (const piece of chunks ?? (text === undefined ? [] : [text])) {
    out.push({ type: 'text', choice: 0, text: piece });
  }
  if (tool !== undefined) {
    const written = typeof tool.arguments === 'string' ? tool.arguments : JSON.stringify(tool.arguments);
    out.push({
      type: 'tool_call',
      choice: 0,
      index: 0,
      id: 'call_scripted',
      name: tool.name,
      arguments: written,
    });
  }
  const reason: FinishReason = finish ?? (tool === undefined ? 'stop' : 'tool_calls');
  out.push({ type: 'finish', choice: 0, reason });
  const usage = {
    inputTokens: 5,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: tokensOut ?? 3,
    reasoningTokens: 0,
    estimated: false,
  };
  out.push({ type: 'usage', usage });
  return out;
}
