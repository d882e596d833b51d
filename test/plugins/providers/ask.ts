import type { AnyProviderKind, Provider, ProviderCall } from '../../../sdk/provider.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { countingIds, fixedRandom, recordingLog } from '../../../sdk/testing/fakes.ts';
import type { UpstreamRequest } from '../../../sdk/transport.ts';

/** A provider of a kind, with services that do not move. */
export function providerOf(kind: AnyProviderKind, options: object): Provider {
  const services = { clock: new FakeClock(), random: fixedRandom(), ids: countingIds(), log: recordingLog() };
  return kind.create(options, services, kind.kind);
}

/** A call with everything that a test does not care about. */
export function call(changes: Partial<ProviderCall> = {}): ProviderCall {
  return {
    api: 'chat',
    wire: 'chat',
    model: 'gpt-x',
    stream: false,
    body: '{"model":"gpt-x"}',
    requestId: 'req_1',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    headers: {},
    clientHeaders: {},
    ...changes,
  };
}

/** The request of a provider that needs no time to make one. */
export function requestOf(provider: Provider, changes: Partial<ProviderCall> = {}): UpstreamRequest {
  const request = provider.request(call(changes));
  if (request instanceof Promise) throw new Error('expected a request at once, came a promise');
  return request;
}
