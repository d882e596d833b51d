import type { Chunk, FinishReason } from '../../../sdk/chunk.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { SealOf } from '../../../sdk/seal.ts';
import type { CallIds } from './call-ids.ts';
import { toFinishReason } from './finish.ts';

/** What is known of one candidate while its answer is read. */
export interface CandidateState {
  /** Calls so far: their index counts over the whole stream. */
  calls: number;
  finish: FinishReason | null;
}

/** What every part of one answer shares. */
export interface AnswerFacts {
  /** Vendor of the model: the issuer of its signatures. */
  readonly vendor: string;
  readonly ids: CallIds;
}

/** What comes beside a candidate's parts, and how clients call it, where they do. */
const besides: readonly (readonly [string, string])[] = [
  ['groundingMetadata', 'groundingMetadata'],
  ['citationMetadata', 'citationMetadata'],
  ['urlContextMetadata', 'urlContextMetadata'],
  ['logprobsResult', 'logprobs'],
  ['safetyRatings', 'safetyRatings'],
];

/** Adds the chunks of one candidate of an event or whole answer. */
export function readCandidate(
  candidate: JsonObject,
  choice: number,
  state: CandidateState,
  facts: AnswerFacts,
  out: Chunk[],
): void {
  const { content, finishReason } = candidate;
  if (isJsonObject(content) && Array.isArray(content['parts'])) {
    for (const part of content['parts'] as readonly Json[]) {
      if (isJsonObject(part)) readPart(part, choice, state, facts, out);
    }
  }
  for (const [field, name] of besides) {
    const value = candidate[field];
    if (value !== undefined && value !== null)
      out.push({ type: 'opaque', value: { choice, [field]: value }, name });
  }
  if (typeof finishReason !== 'string' || finishReason === '') return;
  const reason = toFinishReason(finishReason, state.calls > 0);
  // Some models repeat the word with every event.
  if (reason === state.finish) return;
  state.finish = reason;
  if (reason === 'error' && typeof candidate['finishMessage'] === 'string') {
    const value = { choice, finishReason, finishMessage: candidate['finishMessage'] };
    out.push({ type: 'opaque', value, name: 'finishMessage' });
  }
  out.push({ type: 'finish', choice, reason });
}

function readPart(
  part: JsonObject,
  choice: number,
  state: CandidateState,
  { vendor, ids }: AnswerFacts,
  out: Chunk[],
): void {
  const { functionCall, text, thought, thoughtSignature } = part;
  let of: SealOf = 'text';
  let call: number | undefined;
  if (isJsonObject(functionCall)) {
    of = 'call';
    call = state.calls++;
    out.push(callChunk(functionCall, choice, call, ids));
  } else if (typeof text === 'string') {
    if (thought === true) of = 'reasoning';
    if (text !== '') out.push({ type: of === 'reasoning' ? 'reasoning' : 'text', choice, text });
  } else {
    const name = Object.keys(part).find((key) => key !== 'thought' && key !== 'thoughtSignature');
    if (name !== undefined) {
      out.push({ type: 'opaque', value: { choice, part }, name });
      // The signature is that of something that does not come back.
      return;
    }
    if (thought === true) of = 'reasoning';
  }
  if (typeof thoughtSignature !== 'string' || thoughtSignature === '') return;
  const seal = { issuer: vendor, value: thoughtSignature };
  out.push(
    call === undefined ? { type: 'seal', choice, of, seal } : { type: 'seal', choice, of, seal, call },
  );
}

/** A call arrives whole. One without arguments may have no `args`. */
function callChunk(functionCall: JsonObject, choice: number, index: number, ids: CallIds): Chunk {
  const { id, name, args } = functionCall;
  return {
    type: 'tool_call',
    choice,
    index,
    id: typeof id === 'string' && id !== '' ? id : ids.of(choice, index),
    name: typeof name === 'string' ? name : '',
    arguments: isJsonObject(args) ? JSON.stringify(args) : '{}',
  };
}
