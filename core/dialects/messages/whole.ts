import type { Chunk, SealChunk, ToolCallChunk } from '../../../sdk/chunk.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import { argumentsObject } from '../../../sdk/translate/arguments.ts';
import type { JsonEdit, JsonText } from '../../body/json-text.ts';
import type { ProviderBlock } from './blocks.ts';
import type { MessagesDecoder, MessagesWhole } from './decoder.ts';
import { BlockEncoder, unsigned } from './encoder.ts';
import { WholeSink } from './sinks.ts';
import { tailEdits } from './tail.ts';

/** What is left of one block of the answer. */
interface BlockState {
  readonly block: ProviderBlock;
  readonly original: Chunk[];
  readonly now: Chunk[];
}

/** A whole answer with the changed chunks written into it; everything else stays byte by byte. */
export function rewriteWhole(
  body: JsonText,
  decoded: MessagesWhole,
  chunks: readonly Chunk[],
  decoder: MessagesDecoder,
): string {
  const edits: JsonEdit[] = [];
  const states = statesOf(decoded);
  const length = Array.isArray(body.value['content']) ? body.value['content'].length : 0;
  const added = new Map<number, Chunk[]>();
  const tail = new BlockEncoder(new WholeSink(), '');
  let refusal: string | null = null;
  let refused = false;
  let calls = 0;

  const owners = ownersOf(decoded, chunks);
  let last: BlockState | null = null;
  let lastAdded: Chunk[] | null = null;
  for (const [index, chunk] of chunks.entries()) {
    if ('choice' in chunk && chunk.choice !== 0) continue;
    if (chunk.type === 'finish' || chunk.type === 'usage') {
      tail.write(chunk);
      continue;
    }
    if (chunk.type === 'refusal' && decoded.chunks.some((it) => it.type === 'refusal')) {
      refusal = (refusal ?? '') + chunk.text;
      continue;
    }
    const owner: BlockState | null =
      states.get(owners[index] as ProviderBlock) ?? follows(last, lastAdded, chunk);
    if (owner !== null) {
      owner.now.push(chunk);
      last = owner;
      lastAdded = null;
      continue;
    }
    // New blocks stand where the answer has them: right after what came before.
    const at: number = last === null ? 0 : last.block.index + 1;
    lastAdded = added.get(at) ?? [];
    lastAdded.push(chunk);
    added.set(at, lastAdded);
  }

  for (const state of states.values()) {
    if (writeBlock(state, edits) && state.block.call >= 0) calls++;
  }
  for (const [at, list] of added) {
    const sink = new WholeSink();
    const encoder = new BlockEncoder(sink, decoder.id ?? '', decoder);
    for (const chunk of list) encoder.write(chunk);
    encoder.settle();
    calls += encoder.callCount;
    refused ||= encoder.refused;
    const pointer = at < length ? `/content/${at}` : '/content/-';
    for (const value of sink.content) {
      edits.push(at < length ? { pointer, value, insert: true } : { pointer, value });
    }
  }
  const { finish, usage } = tail;
  const was = decoded.chunks.find((chunk) => chunk.type === 'finish');
  const word = was === undefined ? undefined : decoder.wordOf(was);
  edits.push(
    ...tailEdits(body.value, '', decoded.chunks, word, {
      finish,
      usage,
      hasCalls: calls > 0,
      refused,
      refusal,
    }),
  );
  return body.edit(edits);
}

function statesOf(decoded: MessagesWhole): Map<ProviderBlock, BlockState> {
  const states = new Map<ProviderBlock, BlockState>();
  for (const [index, chunk] of decoded.chunks.entries()) {
    const block = decoded.blocks[index];
    if (block === null || block === undefined) continue;
    const state = states.get(block);
    if (state === undefined) states.set(block, { block, original: [chunk], now: [] });
    else state.original.push(chunk);
  }
  return states;
}

/**
 * The block that each chunk belongs to: its own where it is the very chunk that was read; otherwise the next one of its
 * kind whose own chunk is gone. Calls go by their number.
 */
function ownersOf(decoded: MessagesWhole, chunks: readonly Chunk[]): (ProviderBlock | null)[] {
  const places = new Map(decoded.chunks.map((chunk, index) => [chunk, index]));
  const present = new Set(chunks);
  let from = 0;
  return chunks.map((chunk) => {
    const own = places.get(chunk);
    if (own !== undefined) {
      from = Math.max(from, own + 1);
      return decoded.blocks[own] ?? null;
    }
    if (chunk.type === 'tool_call') {
      return decoded.blocks.find((block) => block !== null && block.call === chunk.index) ?? null;
    }
    if (chunk.type === 'opaque') return null;
    for (let at = from; at < decoded.chunks.length; at++) {
      const candidate = decoded.chunks[at] as Chunk;
      if (candidate.type !== chunk.type || present.has(candidate)) continue;
      from = at + 1;
      return decoded.blocks[at] ?? null;
    }
    return null;
  });
}

/** The block before, where the chunk goes on with what it says. */
function follows(last: BlockState | null, added: Chunk[] | null, chunk: Chunk): BlockState | null {
  const fits =
    (chunk.type === 'text' && last?.block.type === 'text') ||
    (chunk.type === 'reasoning' && last?.block.type === 'thinking');
  return fits && added === null ? last : null;
}

/** @returns whether the block is left. */
function writeBlock({ block, original, now }: BlockState, edits: JsonEdit[]): boolean {
  const pointer = `/content/${block.index}`;
  if (now.length === 0) return remove(pointer, edits);
  if (now.length === original.length && now.every((chunk, index) => chunk === original[index])) return true;
  const start = block.start as JsonObject;
  switch (block.type) {
    case 'text': {
      const text = textOf(now, 'text');
      if (text === '') return remove(pointer, edits);
      if (text !== start['text']) edits.push({ pointer: `${pointer}/text`, value: text });
      const citations = original.filter((chunk) => chunk.type === 'opaque');
      for (const [index, citation] of citations.entries()) {
        if (!now.includes(citation))
          edits.push({ pointer: `${pointer}/citations/${index}`, value: undefined });
      }
      return true;
    }
    case 'thinking': {
      const text = textOf(now, 'reasoning');
      const changed = text !== textOf(original, 'reasoning');
      const seal = now.find((chunk): chunk is SealChunk => chunk.type === 'seal');
      // A signature without the words that it was made for is worth nothing.
      if (text === '' && (changed || seal === undefined)) return remove(pointer, edits);
      if (changed) edits.push({ pointer: `${pointer}/thinking`, value: text });
      if (changed || seal?.seal.value !== start['signature']) {
        edits.push({
          pointer: `${pointer}/signature`,
          value: changed ? unsigned : (seal?.seal.value ?? unsigned),
        });
      }
      return true;
    }
    case 'tool_use': {
      const calls = now.filter((chunk): chunk is ToolCallChunk => chunk.type === 'tool_call');
      const text = calls.map((chunk) => chunk.arguments).join('');
      const [was] = original as ToolCallChunk[];
      if (text !== was?.arguments) edits.push({ pointer: `${pointer}/input`, value: argumentsObject(text) });
      const name = calls.find((chunk) => chunk.name !== undefined)?.name;
      if (name !== undefined && name !== was?.name) edits.push({ pointer: `${pointer}/name`, value: name });
      return true;
    }
    default:
      return true;
  }
}

function remove(pointer: string, edits: JsonEdit[]): false {
  edits.push({ pointer, value: undefined });
  return false;
}

function textOf(chunks: readonly Chunk[], type: 'text' | 'reasoning'): string {
  return chunks.map((chunk) => (chunk.type === type ? chunk.text : '')).join('');
}
