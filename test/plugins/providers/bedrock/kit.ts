import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BedrockOptions } from '../../../../plugins/providers/bedrock/options.ts';
import { bedrockProvider } from '../../../../plugins/providers/bedrock/provider.ts';
import type { Chunk } from '../../../../sdk/chunk.ts';
import type { Conversation } from '../../../../sdk/conversation.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import type { Provider, ProviderCall } from '../../../../sdk/provider.ts';
import { Secret } from '../../../../sdk/secret.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { emptyConversation } from '../../../../sdk/testing/conversation.ts';
import { countingIds, fixedRandom, recordingLog } from '../../../../sdk/testing/fakes.ts';
import type { Encoded, Wire, WireContext } from '../../../../sdk/wire.ts';

export const keys = {
  access_key_id: new Secret('AKIDEXAMPLE'),
  secret_access_key: new Secret('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'),
};

export function makeProvider(options: BedrockOptions = {}, clock = new FakeClock()): Provider {
  const services = { clock, random: fixedRandom(), ids: countingIds(), log: recordingLog() };
  const auth = options.api_key === undefined && options.profile === undefined ? keys : {};
  return bedrockProvider.create({ region: 'us-east-1', ...auth, ...options }, services, 'aws');
}

export function makeCall(changes: Partial<ProviderCall> = {}): ProviderCall {
  return {
    api: 'chat',
    wire: 'converse',
    model: 'us.anthropic.claude-sonnet-4-6',
    stream: false,
    body: '{"messages":[]}',
    requestId: 'req_1',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    headers: {},
    clientHeaders: {},
    ...changes,
  };
}

export function contextOf(model: string, provider = makeProvider(), stream = false): WireContext {
  return {
    target: {
      id: `aws/${model}`,
      provider: 'aws',
      kind: 'bedrock',
      model,
      vendor: bedrockProvider.vendor(model),
      tier: 'standard',
      region: 'us-east-1',
      weight: 1,
    },
    stream,
    traits: provider.traits?.(model) ?? {},
    requestId: 'req_1',
  };
}

export function wireOf(provider = makeProvider(), model = 'us.anthropic.claude-sonnet-4-6'): Wire {
  const wire = provider.dialect('chat', model);
  if (wire === null || typeof wire === 'string' || wire.kind !== 'wire') throw new Error('expected a wire');
  return wire;
}

export { emptyConversation };

/** A conversation that says hello, and what is changed about it. */
export function say(changes: Partial<Conversation> = {}): Conversation {
  return {
    ...emptyConversation,
    turns: [{ role: 'user', blocks: [{ type: 'text', text: 'Hello' }] }],
    ...changes,
  };
}

/** Writes a conversation for a model: the body parsed, and what else there is. */
export function encode(
  conversation: Conversation,
  model = 'us.anthropic.claude-sonnet-4-6',
  options: BedrockOptions = {},
): Encoded & { readonly json: JsonObject } {
  const provider = makeProvider(options);
  const encoded = wireOf(provider, model).encode(conversation, contextOf(model, provider));
  return { ...encoded, json: JSON.parse(encoded.body) as JsonObject };
}

/** One event that a framer found. */
export interface FramedEvent {
  readonly data: string;
  readonly event: string;
}

/** Everything that an answer says, put together. */
export function summary(chunks: readonly Chunk[]) {
  const calls: { id: string; name: string; arguments: string }[] = [];
  let text = '';
  let reasoning = '';
  const seals: { of: string; issuer: string; value: string }[] = [];
  for (const chunk of chunks) {
    if (chunk.type === 'text') text += chunk.text;
    if (chunk.type === 'reasoning') reasoning += chunk.text;
    if (chunk.type === 'seal') seals.push({ of: chunk.of, ...chunk.seal });
    if (chunk.type === 'tool_call') {
      calls[chunk.index] ??= { id: '', name: '', arguments: '' };
      const call = calls[chunk.index]!;
      call.id += chunk.id ?? '';
      call.name += chunk.name ?? '';
      call.arguments += chunk.arguments;
    }
  }
  const finish = chunks.findLast((chunk) => chunk.type === 'finish');
  const usage = chunks.findLast((chunk) => chunk.type === 'usage')?.usage;
  return { text, reasoning, calls, seals, finish: finish?.reason, stopSequence: finish?.stopSequence, usage };
}

export interface Fixture {
  readonly name: string;
  readonly meta: JsonObject;
  readonly facts: JsonObject;
  readonly request: JsonObject;
  /** A whole answer's body; null for a stream. */
  readonly whole: string | null;
  readonly stream: Buffer | null;
}

const folder = join(import.meta.dirname, '../../../../../shared/fixtures/providers/bedrock');

/** Recorded traffic, where it lies beside the checkout; it is not part of the project. */
export function loadFixtures(): Fixture[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => {
    const at = (file: string) => join(folder, name, file);
    const read = (file: string) => JSON.parse(readFileSync(at(file), 'utf8')) as JsonObject;
    const stream = at('response.eventstream.b64');
    return {
      name,
      meta: read('meta.json'),
      facts: read('facts.json'),
      request: read('request.json'),
      whole: existsSync(at('response.json')) ? readFileSync(at('response.json'), 'utf8') : null,
      stream: existsSync(stream) ? Buffer.from(readFileSync(stream, 'utf8'), 'base64') : null,
    };
  });
}
