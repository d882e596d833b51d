import type { TextChunk } from '../../../sdk/chunk.ts';
import type { ChunkTransform } from '../../../sdk/decision.ts';
import { benchModel } from '../bodies.ts';
import type { MicroRow } from './row.ts';
import { lastResult, sampleCalls } from './sampler.ts';

const transformCount = 3;

/** What the chain does with the text: hand it on as it is, or write it anew. */
export type TextFate = 'kept' | 'changed';

/** Takes one event's bytes through decoding, a chain of three transforms and encoding. */
export async function measureStreamEvent(name: string, fate: TextFate): Promise<MicroRow> {
  const { chatDialect } = await import('../../../core/dialects/chat/dialect.ts');
  const { createChain } = await import('../../../core/response/chain.ts');
  const { SseDecoder } = await import('../../../core/response/sse-decoder.ts');
  const transform = fate === 'kept' ? keeping : changing;
  const codec = chatDialect.codec({
    id: 'chatcmpl-bench',
    createdAtMs: 1_760_000_000_000,
    model: benchModel,
    vendor: '',
  });
  const chain = createChain(Array.from({ length: transformCount }, () => ({ kind: 'transform', transform })));
  let out: Buffer = Buffer.alloc(0);
  const decoder = new SseDecoder((data, event) => {
    const decoded = codec.decodeEvent(data, event);
    out = Buffer.from(codec.encodeEvent(decoded, chain.push(decoded.chunks)));
  });
  const bytes = Buffer.from(eventText(' the river'));
  const row = sampleCalls(name, () => {
    decoder.push(bytes);
    return out;
  });
  const wanted = eventText(fate === 'kept' ? ' the river' : ' the river!!!');
  const got = String(lastResult());
  if (got !== wanted) throw new Error(`expected the event ${wanted}, got ${got}`);
  return row;
}

const keeping: ChunkTransform = { push: (chunk, emit) => emit(chunk) };

const changing: ChunkTransform = {
  push(chunk, emit) {
    if (chunk.type !== 'text') return emit(chunk);
    const changed: TextChunk = { type: 'text', choice: chunk.choice, text: `${chunk.text}!` };
    emit(changed);
  },
};

function eventText(content: string): string {
  const payload = {
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    created: 1_760_000_000,
    model: benchModel,
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
  };
  return `data: ${JSON.stringify(payload)}\n\n`;
}
