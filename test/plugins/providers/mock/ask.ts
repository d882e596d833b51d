import type { MockOptions } from '../../../../plugins/providers/mock/options.ts';
import { mockProvider } from '../../../../plugins/providers/mock/provider.ts';
import type { Json, JsonObject } from '../../../../sdk/json.ts';
import type { Provider } from '../../../../sdk/provider.ts';
import { FakeClock, settled } from '../../../../sdk/testing/clock.ts';
import { countingIds, fixedRandom, recordingLog } from '../../../../sdk/testing/fakes.ts';
import type {
  TransportFailure,
  UpstreamCall,
  UpstreamLimits,
  UpstreamRequest,
} from '../../../../sdk/transport.ts';
import type { Api } from '../../../../sdk/view.ts';

/** What came of one call so far. */
export interface Heard {
  readonly call: UpstreamCall;
  status: number | null;
  headers: Readonly<Record<string, string>>;
  text: string;
  ended: boolean;
  failure: TransportFailure | null;
  /** Called with every piece. */
  eachPiece: () => void;
}

/** Limits that no test reaches by accident. */
export const patient: UpstreamLimits = { headMs: 600_000, stallMs: 600_000 };

/** A mock provider with a clock that only moves when a test says so. */
export function mock(options: MockOptions = {}): { readonly provider: Provider; readonly clock: FakeClock } {
  const clock = new FakeClock();
  const services = { clock, random: fixedRandom(), ids: countingIds(), log: recordingLog() };
  return { provider: mockProvider.create(options, services, 'mock'), clock };
}

/** Sends a request and keeps what comes; nothing has come yet when this returns. */
export function send(
  provider: Provider,
  body: JsonObject | string,
  api: Api = 'chat',
  limits = patient,
): Heard {
  // The mock makes its requests at once.
  const request = provider.request({
    api,
    model: 'gpt',
    stream: false,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    requestId: 'req_1',
    traceparent: '00-1-2-01',
    headers: {},
    wire: api,
    clientHeaders: {},
  }) as UpstreamRequest;
  const heard = {
    status: null as number | null,
    headers: {} as Readonly<Record<string, string>>,
    text: '',
    ended: false,
    failure: null as TransportFailure | null,
    eachPiece: () => undefined,
  };
  const call = provider.transport!.send(request, limits, {
    onHead(status, headers) {
      heard.status = status;
      heard.headers = headers;
    },
    onData(bytes) {
      heard.text += bytes.toString('utf8');
      heard.eachPiece();
    },
    onEnd() {
      heard.ended = true;
    },
    onFailure(failure) {
      heard.failure = failure;
    },
  });
  return Object.assign(heard, { call });
}

/** Sends a request and waits for what comes at once. */
export async function ask(provider: Provider, body: JsonObject, api: Api = 'chat'): Promise<Heard> {
  const heard = send(provider, body, api);
  await settled();
  return heard;
}

/** A chat request with one user message. */
export function saying(text: string, more: JsonObject = {}): JsonObject {
  return { model: 'gpt', messages: [{ role: 'user', content: text }], ...more };
}

/** A parsed JSON body, loosely typed for tests. */
export function json(heard: Heard): Reply {
  return JSON.parse(heard.text) as Reply;
}

/** The payloads of a stream, parsed but for the end marker. */
export function events(heard: Heard): (Reply | '[DONE]')[] {
  return heard.text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => {
      const data = event.replace(/^data: /, '');
      return data === '[DONE]' ? data : (JSON.parse(data) as Reply);
    });
}

/** As much of OpenAI's answers as the tests look at. */
export interface Reply {
  readonly id: string;
  readonly object: string;
  readonly created: number;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly text?: string;
    readonly message: Message;
    readonly delta: Message;
    readonly finish_reason: string | null;
  }[];
  readonly data: readonly { readonly index: number; readonly embedding: readonly number[] | string }[];
  readonly usage?: { readonly [name: string]: Json } | null;
  readonly error?: { readonly message: string; readonly code: string | null; readonly param: string | null };
}

interface Message {
  readonly role?: string;
  readonly content?: string | null;
  readonly refusal?: string | null;
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly {
    readonly index?: number;
    readonly id?: string;
    readonly function: { readonly name?: string; readonly arguments: string };
  }[];
}
