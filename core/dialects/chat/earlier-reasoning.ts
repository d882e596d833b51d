import type { ReasoningBlock } from '../../../sdk/conversation.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { openSeal, type Seal } from '../../../sdk/seal.ts';
import { type ReasoningDetail, readDetail } from './details.ts';

/** What an assistant's message of a request says of its reasoning. */
export interface EarlierReasoning {
  readonly blocks: readonly ReasoningBlock[];
  /** Encrypted details that name an item, perhaps a call: by that id. */
  readonly callSeals: ReadonlyMap<string, Seal>;
  readonly textSeal: Seal | null;
}

/**
 * Reads reasoning that a client hands back: OpenRouter's `reasoning_details`, else LiteLLM's `thinking_blocks`, else the
 * plain `reasoning_content` or `reasoning`, which has no seal.
 */
export function readEarlierReasoning(message: JsonObject, home: string): EarlierReasoning {
  const plain = textOf(message['reasoning_content']) || textOf(message['reasoning']);
  const details = message['reasoning_details'];
  if (Array.isArray(details) && details.length > 0) {
    const read = readDetails(details, callIds(message), home);
    if (read.blocks.length > 0) return { ...read, blocks: withPlain(read.blocks, plain) };
    if (read.callSeals.size > 0 || read.textSeal !== null) return { ...read, blocks: plainBlocks(plain) };
  }
  const thinking = message['thinking_blocks'];
  const blocks = Array.isArray(thinking) ? thinkingBlocks(thinking) : [];
  return {
    blocks: blocks.length > 0 ? blocks : plainBlocks(plain),
    callSeals: new Map(),
    textSeal: null,
  };
}

/** A block while details of the same index are merged into it. */
type Draft = { -readonly [Key in keyof ReasoningBlock]: ReasoningBlock[Key] };

/** Clients of streams may hand the pieces back as they came: those of one index are one block. */
function readDetails(
  details: readonly Json[],
  calls: ReadonlySet<string>,
  home: string,
): { blocks: readonly ReasoningBlock[]; callSeals: Map<string, Seal>; textSeal: Seal | null } {
  const blocks: Draft[] = [];
  const callSeals = new Map<string, Seal>();
  let textSeal: Seal | null = null;
  let open: Draft | null = null;
  let index: number | null = null;
  for (const entry of details) {
    const detail = readDetail(entry, home);
    if (detail === null || (detail.seal === null && detail.text === '')) continue;
    const { seal, of, id } = detail;
    if (seal !== null && of !== 'reasoning' && calls.has(id)) callSeals.set(id, seal);
    else if (seal !== null && of === 'text') textSeal = seal;
    else {
      if (open === null || !continues(open, index, detail)) {
        open = { type: 'reasoning', text: '' };
        blocks.push(open);
      }
      open.text += detail.text;
      index = detail.index;
      if (seal === null) continue;
      open.seal = seal;
      if (of !== 'reasoning') open.redacted = true;
      if (id !== '') open.id = id;
    }
  }
  return { blocks, callSeals, textSeal };
}

/** True for a detail that goes on with an unsealed block: more of its text, or the seal of it. */
function continues(open: Draft, index: number | null, detail: ReasoningDetail): boolean {
  if (open.seal !== undefined) return false;
  return detail.index !== null && index !== null
    ? detail.index === index
    : detail.seal !== null && detail.text === '';
}

/** Some clients keep only the last piece of the details: then the plain text is what its signature is of. */
function withPlain(blocks: readonly ReasoningBlock[], plain: string): readonly ReasoningBlock[] {
  const [only] = blocks;
  if (plain === '' || blocks.length !== 1 || only!.text !== '' || only!.redacted === true) return blocks;
  return [{ ...only!, text: plain }];
}

function plainBlocks(plain: string): ReasoningBlock[] {
  return plain === '' ? [] : [{ type: 'reasoning', text: plain }];
}

/** LiteLLM's blocks are Anthropic's own. */
function thinkingBlocks(list: readonly Json[]): ReasoningBlock[] {
  return list.flatMap((entry): ReasoningBlock[] => {
    if (!isJsonObject(entry)) return [];
    const data = textOf(entry['data']);
    if (data !== '') return [{ type: 'reasoning', text: '', seal: sealOf(data), redacted: true }];
    const text = textOf(entry['thinking']);
    const signature = textOf(entry['signature']);
    if (signature !== '') return [{ type: 'reasoning', text, seal: sealOf(signature) }];
    return plainBlocks(text);
  });
}

function sealOf(value: string): Seal {
  return openSeal(value)?.seal ?? { issuer: 'anthropic', value };
}

function callIds(message: JsonObject): ReadonlySet<string> {
  const ids = new Set<string>();
  const calls = message['tool_calls'];
  for (const call of Array.isArray(calls) ? (calls as readonly Json[]) : []) {
    if (isJsonObject(call) && typeof call['id'] === 'string' && call['id'] !== '') ids.add(call['id']);
  }
  return ids;
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
