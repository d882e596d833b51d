import type { Block, ToolCallBlock } from '../../../sdk/conversation.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import type { Seal } from '../../../sdk/seal.ts';
import { argumentsObject } from '../../../sdk/translate/arguments.ts';
import { type TidyTurn, tidyTurns } from '../../../sdk/translate/turns.ts';
import type { Encoding } from './encoding.ts';
import { audioPart, mediaPart } from './media.ts';
import { idOf, resultPart } from './tool-result.ts';

/**
 * Stands for the signature of a call that Gemini did not make itself
 * (ai.google.dev/gemini-api/docs/thought-signatures, history of other models).
 */
const unsigned = 'skip_thought_signature_validator';

/**
 * The turns as `contents`. Results stand alone, right after the turn that made the calls, one for each call and in
 * their order; what the user says besides follows in a content of its own.
 *
 * @throws GatewayError 400 for what Gemini cannot be told.
 */
export function contentsOf(encoding: Encoding): JsonObject[] {
  const contents: JsonObject[] = [];
  let calls: readonly ToolCallBlock[] = [];
  for (const turn of tidyTurns(encoding.conversation)) {
    if (turn.role === 'assistant') {
      calls = turn.blocks.filter((block) => block.type === 'tool_call');
      push(contents, 'model', modelParts(turn, encoding));
      continue;
    }
    addUserTurn(contents, turn, calls, encoding);
    calls = [];
  }
  // A conversation begins with the user. An empty text would be refused by some models.
  if (contents[0]?.['role'] !== 'user') contents.unshift({ role: 'user', parts: [{ text: ' ' }] });
  return contents;
}

function addUserTurn(
  contents: JsonObject[],
  turn: TidyTurn,
  calls: readonly ToolCallBlock[],
  encoding: Encoding,
): void {
  const results: JsonObject[] = [];
  const said: JsonObject[] = [];
  for (const block of turn.blocks) {
    if (block.type !== 'tool_result') {
      addPart(block, encoding, said);
      continue;
    }
    // `tidyTurns` puts the results first, one for each call and in their order.
    const call = calls[results.length]!;
    if (block.cache !== undefined) encoding.dropped.add('cache_control');
    const { part, rest } = resultPart(call, block, encoding);
    results.push(part);
    said.push(...rest);
  }
  push(contents, 'user', results);
  push(contents, 'user', said);
}

/** What the model said. Only the first call of a step is signed, and since Gemini 3 it must be. */
function modelParts(turn: TidyTurn, encoding: Encoding): JsonObject[] {
  const parts: JsonObject[] = [];
  let first = encoding.model.signedCalls;
  for (const block of turn.blocks) {
    if (block.type !== 'tool_call') {
      addPart(block, encoding, parts);
      continue;
    }
    if (block.cache !== undefined) encoding.dropped.add('cache_control');
    const functionCall = {
      ...idOf(block, encoding),
      name: encoding.names.of(block.name),
      args: argumentsObject(block.arguments),
    };
    const signature = own(block.seal, encoding) ?? (first ? unsigned : undefined);
    parts.push(signature === undefined ? { functionCall } : { functionCall, thoughtSignature: signature });
    first = false;
  }
  return parts;
}

function addPart(block: Block, encoding: Encoding, out: JsonObject[]): void {
  if ('cache' in block && block.cache !== undefined) encoding.dropped.add('cache_control');
  switch (block.type) {
    case 'text': {
      const thoughtSignature = own(block.seal, encoding);
      if (thoughtSignature !== undefined) out.push({ text: block.text, thoughtSignature });
      else if (block.text !== '') out.push({ text: block.text });
      break;
    }
    case 'refusal':
      if (block.text !== '') out.push({ text: block.text });
      break;
    case 'reasoning': {
      const thoughtSignature = own(block.seal, encoding);
      if (thoughtSignature !== undefined) out.push({ text: block.text, thought: true, thoughtSignature });
      else encoding.dropped.add('reasoning');
      break;
    }
    case 'image':
    case 'document':
      out.push(mediaPart(block, encoding));
      break;
    case 'audio':
      out.push(audioPart(block));
      break;
    case 'native':
      encoding.dropped.add(block.name);
      break;
    // Calls and results have been written where they are paired.
    case 'tool_call':
    case 'tool_result':
      break;
  }
}

/** A signature goes back to its issuer only. */
function own(seal: Seal | undefined, { vendor }: Encoding): string | undefined {
  return seal?.issuer === vendor ? seal.value : undefined;
}

function push(contents: JsonObject[], role: 'user' | 'model', parts: readonly JsonObject[]): void {
  if (parts.length > 0) contents.push({ role, parts });
}
