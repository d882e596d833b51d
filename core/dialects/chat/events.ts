import type { Chunk, FinishReason, SealChunk, ToolCallChunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type JsonObject } from '../../../sdk/json.ts';
import type { AnswerIdentity } from '../openai/identity.ts';
import type { ChoiceEvents } from '../openai/shape.ts';
import { callIdOf } from './call-id.ts';
import { blockDetails, callDetail, extraContent, hasFormat, textDetail, textSealDetail } from './details.ts';

/** A tool call while it is written. */
interface Call {
  id: string | undefined;
  name: string | undefined;
  /** The client knows of it. */
  begun: boolean;
  /** Some of its arguments have been said. */
  argued: boolean;
  /** Arguments that came before the name: clients take the name from the first delta only. */
  readonly early: string[];
  readonly earlySeals: SealChunk[];
}

/** Reasons after which the last call may be incomplete: it must not be made to look like a call without arguments. */
const cuts: ReadonlySet<FinishReason> = new Set(['length', 'content_filter', 'error']);

/** Writes the events of one chat choice. */
export class ChatEvents implements ChoiceEvents {
  readonly #index: number;
  readonly #identity: AnswerIdentity;
  readonly #calls = new Map<number, Call>();
  /** Text of the reasoning block under way; null where there is none. */
  #reasoning: string[] | null = null;
  /** `index` of the next entry of `reasoning_details`, or of those of the block under way. */
  #nextDetail = 0;
  #begun = false;
  #finished = false;

  constructor(index: number, identity: AnswerIdentity) {
    this.#index = index;
    this.#identity = identity;
  }

  say(chunk: Chunk, first: boolean, out: JsonObject[]): void {
    const deltas: JsonObject[] = [];
    this.#say(chunk, deltas);
    const ends = chunk.type === 'finish' && !this.#finished;
    if (ends) {
      this.#finished = true;
      deltas.push(first && deltas.length === 0 ? { content: '' } : {});
    }
    for (const [position, delta] of deltas.entries()) {
      const reason = ends && position === deltas.length - 1 ? chunk.reason : null;
      out.push(this.#choice(first && position === 0 ? { role: 'assistant', ...delta } : delta, reason));
    }
    if (deltas.length > 0) this.#begun = true;
  }

  note(chunk: Chunk): void {
    if (chunk.type === 'finish') this.#finished = true;
    if (chunk.type !== 'tool_call') return;
    const call = this.#callOf(chunk.index);
    call.begun = true;
    call.argued ||= chunk.arguments !== '';
    call.id ??= chunk.id;
  }

  end(out: JsonObject[]): void {
    if (!this.#begun || this.#finished) return;
    const reason = this.#calls.size > 0 ? 'tool_calls' : 'stop';
    this.say({ type: 'finish', choice: this.#index, reason }, false, out);
  }

  #say(chunk: Chunk, deltas: JsonObject[]): void {
    switch (chunk.type) {
      case 'text':
        if (chunk.text === '') return;
        this.#endReasoning();
        deltas.push({ content: chunk.text });
        return;
      case 'refusal':
        if (chunk.text === '') return;
        this.#endReasoning();
        deltas.push({ refusal: chunk.text });
        return;
      case 'reasoning':
        if (chunk.text !== '') this.#sayReasoning(chunk.text, deltas);
        return;
      case 'tool_call':
        this.#endReasoning();
        this.#sayCall(chunk, deltas);
        return;
      case 'seal':
        this.#saySeal(chunk, deltas);
        return;
      case 'finish':
        if (!this.#finished) this.#endCalls(chunk.reason, deltas);
        return;
      case 'opaque':
        if (isJsonObject(chunk.value) && isJsonObject(chunk.value['fields']))
          deltas.push(chunk.value['fields']);
        return;
      default:
    }
  }

  /**
   * Plain, and as a detail that the signature to come will belong to. Vendors without a format seldom sign: theirs is
   * told with the signature.
   */
  #sayReasoning(text: string, deltas: JsonObject[]): void {
    this.#reasoning ??= [];
    const { vendor } = this.#identity;
    if (!hasFormat(vendor)) {
      this.#reasoning.push(text);
      deltas.push({ reasoning_content: text });
      return;
    }
    const detail = textDetail(vendor, text, this.#nextDetail);
    deltas.push({ reasoning_content: text, reasoning_details: [detail] });
  }

  #endReasoning(): void {
    if (this.#reasoning === null) return;
    this.#reasoning = null;
    this.#nextDetail++;
  }

  #saySeal(chunk: SealChunk, deltas: JsonObject[]): void {
    const { seal, of } = chunk;
    if (of === 'call') {
      const call = this.#callOf(chunk.call ?? 0);
      if (call.begun) this.#sealCall(call, chunk, deltas);
      else call.earlySeals.push(chunk);
    } else if (of === 'text') {
      if (seal.issuer === 'google') deltas.push({ extra_content: extraContent(seal.value) });
      else deltas.push({ reasoning_details: [textSealDetail(seal, this.#nextDetail++)] });
    } else {
      const told = this.#reasoning?.join('') ?? '';
      const block = { text: told === '' ? null : told, seal, redacted: of === 'redacted', id: chunk.id };
      deltas.push({ reasoning_details: blockDetails(block, this.#nextDetail++) });
      this.#reasoning = null;
    }
  }

  #sayCall(chunk: ToolCallChunk, deltas: JsonObject[]): void {
    const call = this.#callOf(chunk.index);
    call.id ??= chunk.id;
    call.name ??= chunk.name;
    if (!call.begun) {
      call.early.push(chunk.arguments);
      if (call.name !== undefined) this.#beginCall(chunk.index, call, deltas);
    } else if (chunk.arguments !== '') {
      call.argued = true;
      deltas.push({ tool_calls: [{ index: chunk.index, function: { arguments: chunk.arguments } }] });
    }
  }

  #beginCall(index: number, call: Call, deltas: JsonObject[]): void {
    call.begun = true;
    call.id ??= callIdOf(this.#identity.id, this.#index, index);
    const fn = { name: call.name ?? '', arguments: call.early.join('') };
    call.argued = fn.arguments !== '';
    deltas.push({ tool_calls: [{ index, id: call.id, type: 'function', function: fn }] });
    for (const seal of call.earlySeals) this.#sealCall(call, seal, deltas);
  }

  #sealCall(call: Call, { seal, call: index = 0 }: SealChunk, deltas: JsonObject[]): void {
    if (seal.issuer !== 'google') {
      this.#endReasoning();
      const id = call.id ?? callIdOf(this.#identity.id, this.#index, index);
      deltas.push({ reasoning_details: [callDetail(seal, id, this.#nextDetail++)] });
      return;
    }
    // Clients look for `function` in every delta of a call.
    const entry = { index, function: { arguments: '' }, extra_content: extraContent(seal.value) };
    deltas.push({ tool_calls: [entry] });
  }

  /** Calls that no name came for are told all the same, and those without arguments are given `{}`: JSON is expected. */
  #endCalls(reason: FinishReason, deltas: JsonObject[]): void {
    const calls = [...this.#calls].filter(([, call]) => call.begun || call.early.length > 0);
    for (const [position, [index, call]] of calls.entries()) {
      if (!call.begun) this.#beginCall(index, call, deltas);
      if (call.argued || (cuts.has(reason) && position === calls.length - 1)) continue;
      call.argued = true;
      deltas.push({ tool_calls: [{ index, function: { arguments: '{}' } }] });
    }
  }

  #callOf(index: number): Call {
    let call = this.#calls.get(index);
    if (call === undefined) {
      call = { id: undefined, name: undefined, begun: false, argued: false, early: [], earlySeals: [] };
      this.#calls.set(index, call);
    }
    return call;
  }

  #choice(delta: JsonObject, reason: FinishReason | null): JsonObject {
    return { index: this.#index, delta, logprobs: null, finish_reason: reason };
  }
}
