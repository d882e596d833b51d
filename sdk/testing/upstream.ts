import type { Json } from '../json.ts';
import type {
  Transport,
  TransportFailure,
  UpstreamCall,
  UpstreamHandler,
  UpstreamLimits,
  UpstreamRequest,
} from '../transport.ts';

/** What a scripted upstream answers to one call. */
export interface ScriptedReply {
  /** 200 by default. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A JSON body. */
  readonly json?: Json;
  /** Payloads of server-sent events; strings go out as they are, values as JSON. */
  readonly sse?: readonly (Json | string)[];
  /** Raw pieces of the body, each delivered on its own. */
  readonly bytes?: readonly (string | Buffer)[];
  /** Ends the call this way after everything above; before the head where there is nothing above. */
  readonly failure?: TransportFailure;
  /** Never ends. */
  readonly hang?: boolean;
}

/** One call that the gateway made. */
export interface RecordedCall {
  readonly request: UpstreamRequest;
  readonly limits: UpstreamLimits;
  /** The request's body, parsed; null where it is no JSON. */
  readonly json: Json;
  /** True once the gateway gave the call up. */
  readonly aborted: boolean;
}

/** A stream that a test feeds by hand. */
export interface OpenStream {
  head(status?: number, headers?: Readonly<Record<string, string>>): void;
  /** Sends one server-sent event. */
  event(payload: Json | string): void;
  bytes(bytes: string | Buffer): void;
  end(): void;
  fail(failure: TransportFailure): void;
  readonly aborted: boolean;
  readonly paused: boolean;
}

type Script = { readonly reply: ScriptedReply } | { readonly stream: HandFed };

class HandFed implements OpenStream, UpstreamCall {
  aborted = false;
  paused = false;
  #handler: UpstreamHandler | null = null;
  #early: ((handler: UpstreamHandler) => void)[] = [];

  attach(handler: UpstreamHandler): void {
    this.#handler = handler;
    for (const run of this.#early) run(handler);
    this.#early = [];
  }

  #do(run: (handler: UpstreamHandler) => void): void {
    if (this.aborted) return;
    if (this.#handler === null) this.#early.push(run);
    else run(this.#handler);
  }

  head(
    status = 200,
    headers: Readonly<Record<string, string>> = { 'content-type': 'text/event-stream' },
  ): void {
    this.#do((handler) => handler.onHead(status, headers));
  }

  event(payload: Json | string): void {
    this.bytes(sse(payload));
  }

  bytes(bytes: string | Buffer): void {
    this.#do((handler) => handler.onData(Buffer.from(bytes as string)));
  }

  end(): void {
    this.#do((handler) => handler.onEnd());
  }

  fail(failure: TransportFailure): void {
    this.#do((handler) => handler.onFailure(failure));
  }

  abort(): void {
    this.aborted = true;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }
}

/** `data: …` and a blank line. */
export function sse(payload: Json | string): string {
  return `data: ${typeof payload === 'string' ? payload : JSON.stringify(payload)}\n\n`;
}

/** A chat completion as OpenAI would answer it. */
export function chatReply(text: string, model = 'scripted'): ScriptedReply {
  return {
    json: {
      id: 'chatcmpl-scripted',
      object: 'chat.completion',
      created: 1_767_225_600,
      model,
      choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 },
    },
  };
}

/** The events of a streamed chat completion, one per text, with finish and `[DONE]`. */
export function chatEvents(texts: readonly string[], model = 'scripted'): (Json | string)[] {
  const base = { id: 'chatcmpl-scripted', object: 'chat.completion.chunk', created: 1_767_225_600, model };
  const events: (Json | string)[] = texts.map((content, index) => ({
    ...base,
    choices: [
      { index: 0, delta: index === 0 ? { role: 'assistant', content } : { content }, finish_reason: null },
    ],
  }));
  events.push({ ...base, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }, '[DONE]');
  return events;
}

/** Stands in for every provider: answers what the test scripted, in order, and keeps what it was asked. */
export class ScriptedUpstream implements Transport {
  readonly calls: RecordedCall[] = [];
  readonly #scripts: Script[] = [];
  #otherwise: (request: UpstreamRequest) => ScriptedReply = () => chatReply('ok');

  /** Answers the next calls, in order. */
  reply(...replies: readonly ScriptedReply[]): this {
    for (const reply of replies) this.#scripts.push({ reply });
    return this;
  }

  /** Answers the next call by hand. */
  open(): OpenStream {
    const stream = new HandFed();
    this.#scripts.push({ stream });
    return stream;
  }

  /** Answers calls that no script is left for. */
  otherwise(answer: (request: UpstreamRequest) => ScriptedReply): this {
    this.#otherwise = answer;
    return this;
  }

  send(request: UpstreamRequest, limits: UpstreamLimits, handler: UpstreamHandler): UpstreamCall {
    const script = this.#scripts.shift() ?? { reply: this.#otherwise(request) };
    const record = { request, limits, json: parse(request.body), aborted: false };
    this.calls.push(record);
    if ('stream' in script) {
      script.stream.attach(handler);
      return {
        abort: () => {
          record.aborted = true;
          script.stream.abort();
        },
        pause: () => script.stream.pause(),
        resume: () => script.stream.resume(),
      };
    }
    const run = play(script.reply, handler, () => record.aborted);
    queueMicrotask(run);
    return {
      abort: () => {
        record.aborted = true;
      },
      pause: () => undefined,
      resume: () => undefined,
    };
  }
}

function play(reply: ScriptedReply, handler: UpstreamHandler, aborted: () => boolean): () => void {
  return () => {
    const pieces: (string | Buffer)[] = [...(reply.bytes ?? [])];
    let type = 'application/json';
    if (reply.json !== undefined) pieces.push(JSON.stringify(reply.json));
    if (reply.sse !== undefined) {
      type = 'text/event-stream';
      pieces.push(...reply.sse.map(sse));
    }
    if (aborted()) return;
    if (pieces.length === 0 && reply.status === undefined && reply.failure !== undefined) {
      return handler.onFailure(reply.failure);
    }
    if (pieces.length === 0 && reply.hang === true) return;
    handler.onHead(reply.status ?? 200, { 'content-type': type, ...reply.headers });
    for (const piece of pieces) {
      if (aborted()) return;
      handler.onData(Buffer.from(piece as string));
    }
    if (aborted() || reply.hang === true) return;
    if (reply.failure !== undefined) handler.onFailure(reply.failure);
    else handler.onEnd();
  };
}

function parse(body: string | Buffer): Json {
  try {
    return JSON.parse(body.toString()) as Json;
  } catch {
    return null;
  }
}
