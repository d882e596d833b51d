import type { AnswerChoice, Chunk } from '../../../sdk/chunk.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import type { Seal } from '../../../sdk/seal.ts';
import type { AnswerIdentity } from '../openai/identity.ts';
import { callIdOf } from './call-id.ts';
import { blockDetails, callDetail, extraContent, textDetail, textSealDetail } from './details.ts';

/** A choice of a whole answer that no provider sent. */
export function wholeChoice(
  choice: AnswerChoice,
  index: number,
  identity: AnswerIdentity,
  chunks: readonly Chunk[],
): JsonObject {
  const finish = choice.finish ?? (choice.toolCalls.length > 0 ? 'tool_calls' : 'stop');
  const ids = choice.toolCalls.map((call, position) =>
    call.id === '' ? callIdOf(identity.id, index, position) : call.id,
  );
  const sealed = sealsOf(chunks, index, ids, identity.vendor);
  const calls = choice.toolCalls.map((call, position) => {
    const cut = finish !== 'tool_calls' && finish !== 'stop' && position === ids.length - 1;
    const signature = sealed?.calls.get(position);
    return {
      id: ids[position]!,
      type: 'function',
      // A call without arguments has none; one that was cut off may have lost them.
      function: { name: call.name, arguments: call.arguments === '' && !cut ? '{}' : call.arguments },
      ...(signature === undefined ? undefined : { extra_content: extraContent(signature) }),
    };
  });
  const silent = choice.text === '' && (calls.length > 0 || choice.refusal !== '');
  return {
    index,
    message: {
      role: 'assistant',
      content: silent ? null : choice.text,
      refusal: choice.refusal === '' ? null : choice.refusal,
      ...(choice.reasoning === '' ? undefined : { reasoning_content: choice.reasoning }),
      ...(sealed === null || sealed.details.length === 0 ? undefined : { reasoning_details: sealed.details }),
      ...(calls.length === 0 ? undefined : { tool_calls: calls }),
      ...(sealed?.text === undefined ? undefined : { extra_content: extraContent(sealed.text) }),
    },
    logprobs: null,
    finish_reason: finish,
  };
}

/** What a choice's message says besides its texts and calls. */
interface Seals {
  readonly details: JsonObject[];
  /** Google's signatures by the positions of the calls. */
  readonly calls: Map<number, string>;
  /** Google's signature of the text. */
  text: string | undefined;
}

/** The seals of a choice; null where there are none. */
function sealsOf(
  chunks: readonly Chunk[],
  choice: number,
  ids: readonly string[],
  vendor: string,
): Seals | null {
  if (!chunks.some((chunk) => chunk.type === 'seal' && chunk.choice === choice)) return null;
  const seals: Seals = { details: [], calls: new Map(), text: undefined };
  const indices = callIndices(chunks, choice);
  const callSeals: { readonly seal: Seal; readonly position: number }[] = [];
  let text: string[] = [];
  let index = 0;
  const endBlock = () => {
    if (text.length > 0) seals.details.push(textDetail(vendor, text.join(''), index++));
    text = [];
  };
  for (const chunk of chunks) {
    if (!('choice' in chunk) || chunk.choice !== choice) continue;
    if (chunk.type === 'reasoning') text.push(chunk.text);
    else if (chunk.type !== 'seal') endBlock();
    else if (chunk.of === 'call') {
      callSeals.push({ seal: chunk.seal, position: Math.max(0, indices.indexOf(chunk.call ?? 0)) });
    } else if (chunk.of === 'text') {
      endBlock();
      if (chunk.seal.issuer === 'google') seals.text = chunk.seal.value;
      else seals.details.push(textSealDetail(chunk.seal, index++));
    } else {
      const block = {
        text: text.join(''),
        seal: chunk.seal,
        redacted: chunk.of === 'redacted',
        id: chunk.id,
      };
      seals.details.push(...blockDetails(block, index++));
      text = [];
    }
  }
  endBlock();
  for (const { seal, position } of callSeals) {
    const id = ids[position];
    if (id === undefined) continue;
    if (seal.issuer === 'google') seals.calls.set(position, seal.value);
    else seals.details.push(callDetail(seal, id, index++));
  }
  return seals;
}

/** The indices of a choice's calls in the order of `AnswerChoice.toolCalls`. */
function callIndices(chunks: readonly Chunk[], choice: number): number[] {
  const indices = new Set<number>();
  for (const chunk of chunks) {
    if (chunk.type === 'tool_call' && chunk.choice === choice) indices.add(chunk.index);
  }
  return [...indices].sort((a, b) => a - b);
}
