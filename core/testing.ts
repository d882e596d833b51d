import type { AnyPlugin } from '../sdk/plugin.ts';
import type { AnyProviderKind } from '../sdk/provider.ts';
import { FakeClock } from '../sdk/testing/clock.ts';
import { countingIds, fixedRandom, type RecordingLog, recordingLog } from '../sdk/testing/fakes.ts';
import { ScriptedUpstream } from '../sdk/testing/upstream.ts';
import type { Trace } from '../sdk/trace.ts';
import { createGateway, firstPartyPlugins, firstPartyProviders } from './gateway.ts';
import { policyTester } from './policy-test/test-policy.ts';
import type { Gateway } from './runtime/gateway.ts';

export { FakeClock, settled } from '../sdk/testing/clock.ts';
export {
  countingIds,
  fixedRandom,
  type LogLine,
  type RecordingLog,
  recordingLog,
} from '../sdk/testing/fakes.ts';
export {
  chatEvents,
  chatReply,
  type OpenStream,
  type RecordedCall,
  type ScriptedReply,
  ScriptedUpstream,
  sse,
} from '../sdk/testing/upstream.ts';

/**
 * Tests one policy file, for what tables of cases cannot say: loops, generated requests. `NAME.policy.test.ts` beside
 * the policy is run by `sluice test`; it passes when it ends with exit code 0.
 *
 * @example
 * const lanes = testPolicy(new URL('40-lanes.policy.ts', import.meta.url));
 * for (const tokensIn of [4001, 9000]) await lanes.given({ request: { tokensIn } }).expect({ tags: { lane: 'hard' } });
 */
export const testPolicy = policyTester({ plugins: firstPartyPlugins, kinds: firstPartyProviders });

/** What a test gateway is made of. Everything has a default that fits most tests. */
export interface TestGatewayOptions {
  /** Text of `gateway.yaml`. By default one provider `up` (kind openai, answered by the script) and alias `test`. */
  readonly config?: string;
  /** Files of the policies folder by name. Empty by default. */
  readonly policies?: Readonly<Record<string, string>>;
  /** Plugins under test, besides the first-party ones. */
  readonly plugins?: readonly AnyPlugin[];
  readonly kinds?: readonly AnyProviderKind[];
  readonly env?: Readonly<Record<string, string>>;
  /** Folder for the ledger and the keys; without one they cannot be used. */
  readonly data?: string;
}

/** A real gateway on fakes: no port, no clock that moves by itself, no network. */
export interface TestGateway {
  readonly gateway: Gateway;
  readonly upstream: ScriptedUpstream;
  readonly clock: FakeClock;
  readonly log: RecordingLog;
  /** POSTs JSON (or the given text as it is) and gives the answer. */
  post(
    path: string,
    body: unknown,
    headers?: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<Response>;
  /** A chat completion with one user message. */
  chat(
    text: string,
    more?: Readonly<Record<string, unknown>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** The decision record of an answer. */
  trace(response: Response): Trace;
  close(): Promise<void>;
}

const defaultConfig = `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream }
models:
  test: up/model
`;

/**
 * Starts a gateway for a test.
 *
 * @example
 * const { chat, upstream, close } = await testGateway({ policies: { '10-hello.yaml': 'plugin: hello' }, plugins: [hello] });
 * const response = await chat('Hi');
 */
export async function testGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const upstream = new ScriptedUpstream();
  const clock = new FakeClock();
  const log = recordingLog();
  const gateway = await createGateway({
    config: { name: 'gateway.yaml', text: options.config ?? defaultConfig },
    policies: options.policies ?? {},
    plugins: options.plugins ?? [],
    kinds: options.kinds ?? [],
    env: options.env ?? {},
    http: upstream,
    ...(options.data === undefined ? undefined : { data: options.data }),
    services: { clock, random: fixedRandom(), ids: countingIds(), log },
  });
  const post: TestGateway['post'] = (path, body, headers = {}, signal) =>
    gateway.request(
      new Request(`http://gateway.test${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(signal === undefined ? undefined : { signal }),
      }),
    );
  return {
    gateway,
    upstream,
    clock,
    log,
    post,
    chat: (text, more = {}, headers = {}) =>
      post(
        '/v1/chat/completions',
        { model: 'test', messages: [{ role: 'user', content: text }], ...more },
        headers,
      ),
    get: (path, headers = {}) => gateway.request(new Request(`http://gateway.test${path}`, { headers })),
    trace(response) {
      const id = response.headers.get('x-request-id');
      const trace = id === null ? undefined : gateway.trace(id);
      if (trace === undefined)
        throw new Error(`no decision record for request id ${id}: was the answer read to its end?`);
      return trace;
    },
    close: () => gateway.close(),
  };
}
