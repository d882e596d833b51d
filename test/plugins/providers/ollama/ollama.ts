import type { OllamaOptions } from '../../../../plugins/providers/ollama/options.ts';
import { ollamaProvider } from '../../../../plugins/providers/ollama/provider.ts';
import type { Chunk } from '../../../../sdk/chunk.ts';
import type { Conversation } from '../../../../sdk/conversation.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import type { Provider } from '../../../../sdk/provider.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { emptyConversation } from '../../../../sdk/testing/conversation.ts';
import { countingIds, fixedRandom, recordingLog } from '../../../../sdk/testing/fakes.ts';
import type { Adapter, DecodedEvent, Wire, WireContext } from '../../../../sdk/wire.ts';

/** A provider of the kind as the gateway makes it. */
export function provider(options: OllamaOptions = {}): Provider {
  const services = { clock: new FakeClock(), random: fixedRandom(), ids: countingIds(), log: recordingLog() };
  return ollamaProvider.create(options, services, 'ollama');
}

export function wire(options: OllamaOptions = {}): Wire {
  return provider(options).dialect('chat', 'm') as Wire;
}

export function adapter(api: 'embeddings' | 'completions', options: OllamaOptions = {}): Adapter {
  return provider(options).dialect(api, 'm') as Adapter;
}

/** Whom a request is translated for: any model of the provider. */
export function context(model = 'qwen3:8b', more: Partial<WireContext> = {}): WireContext {
  return {
    target: {
      id: `ollama/${model}`,
      provider: 'ollama',
      kind: 'ollama',
      model,
      vendor: ollamaProvider.vendor(model),
      tier: 'standard',
      region: '',
      weight: 1,
    },
    stream: false,
    traits: provider().traits!(model),
    requestId: 'req_1',
    ...more,
  };
}

/** A conversation in which the client said nothing but what is given. */
export function conversation(given: Partial<Conversation> = {}): Conversation {
  return {
    ...emptyConversation,
    turns: [{ role: 'user', blocks: [{ type: 'text', text: 'Hi' }] }],
    ...given,
  };
}

/** What a request becomes, parsed, and what was left out of it. */
export function encoded(
  given: Partial<Conversation> = {},
  { options = {}, to = context() }: { options?: OllamaOptions; to?: WireContext } = {},
): { body: JsonObject; dropped: readonly string[] } {
  const { body, dropped } = wire(options).encode(conversation(given), to);
  return { body: JSON.parse(body) as JsonObject, dropped };
}

/** The events in a stream's bytes, delivered in pieces. */
export function decodeStream(pieces: readonly Buffer[], options: OllamaOptions = {}) {
  const used = wire(options);
  const decoder = used.decoder(context());
  const events: DecodedEvent[] = [];
  const framer = used.framing!.framer((data, event) => events.push(decoder.decodeEvent(data, event)));
  for (const piece of pieces) framer.push(piece);
  return { clean: framer.end(), events, decoder, ...summary(events.flatMap((event) => event.chunks)) };
}

/** What chunks say, joined. */
export function summary(chunks: readonly Chunk[]) {
  const join = (type: 'text' | 'reasoning') =>
    chunks.map((chunk) => (chunk.type === type ? chunk.text : '')).join('');
  return {
    text: join('text'),
    reasoning: join('reasoning'),
    calls: chunks.filter((chunk) => chunk.type === 'tool_call'),
    finish: chunks.find((chunk) => chunk.type === 'finish')?.reason ?? null,
    usage: chunks.findLast((chunk) => chunk.type === 'usage')?.usage ?? null,
    opaque: chunks.filter((chunk) => chunk.type === 'opaque').map((chunk) => chunk.name),
  };
}
