import type { Chunk, FinishReason } from '../../../sdk/chunk.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import type { Usage } from '../../../sdk/usage.ts';
import { CallWriter } from './call-writer.ts';
import { statusOf } from './finish.ts';
import { follow } from './follow.ts';
import { OtherWriter } from './other-writer.ts';
import { Output } from './output.ts';
import type { ProvidedItems } from './provided.ts';
import type { ResponseObject } from './response-object.ts';
import { TextWriter } from './text-writer.ts';
import { toResponsesUsage } from './usage.ts';

/**
 * Writes the events of one answer from chunks. It can go on in the middle of a stream whose beginning went out as it
 * came.
 */
export class AnswerWriter {
  readonly #response: ResponseObject;
  readonly #output: Output;
  readonly #texts: TextWriter;
  readonly #calls: CallWriter;
  readonly #others: OtherWriter;
  #usage: Usage | null = null;
  #finish: FinishReason | null = null;

  constructor(response: ResponseObject, provided: ProvidedItems) {
    this.#response = response;
    this.#output = new Output(response, provided);
    this.#texts = new TextWriter(this.#output);
    this.#calls = new CallWriter(this.#output);
    this.#others = new OtherWriter(this.#output);
  }

  /** Takes note of an event that goes out as it came. */
  follow(event: JsonObject, chunks: readonly Chunk[]): void {
    follow(this.#output.state, this.#output.provided, event);
    for (const chunk of chunks) {
      if (chunk.type === 'tool_call') this.#calls.follow(chunk);
      else if (chunk.type === 'usage') this.#usage = chunk.usage;
    }
  }

  /** SSE text of chunks. Finish and usage wait for `end`. */
  write(chunks: readonly Chunk[]): string {
    for (const chunk of chunks) this.#write(chunk);
    return this.#output.take();
  }

  /** SSE text of the rest: the ends of open items and of the response. */
  end(): string {
    const output = this.#output;
    const response = this.finished();
    output.begin();
    output.emit(`response.${response['status'] as string}`, { response });
    return output.take();
  }

  /** The finished response. Ends all items. */
  finished(): JsonObject {
    const output = this.#output;
    this.#calls.finish();
    const { status, ...details } = statusOf(this.#finish ?? 'stop');
    const { items } = output.state;
    const last = items.at(-1);
    for (const item of items) {
      if (item.done === null) output.ends.end(item, status !== 'completed' && item === last);
    }
    output.state.open = null;
    return this.#response.build({ status, output: output.items, usage: this.#usageJson(), ...details });
  }

  /** SSE text of events that break the answer off. */
  fail(error: JsonObject, event: JsonObject): string {
    const output = this.#output;
    output.emit('error', event);
    const usage = this.#usageJson();
    const response = this.#response.build({ status: 'failed', output: output.items, usage, error });
    output.emit('response.failed', { response });
    return output.take();
  }

  /** Finished items, in their order. */
  get items(): JsonObject[] {
    return this.#output.items;
  }

  #write(chunk: Chunk): void {
    // The dialect has one answer per request.
    if ('choice' in chunk && chunk.choice !== 0) return;
    const sealed = this.#calls.awaits(chunk);
    if (!sealed) this.#calls.release();
    switch (chunk.type) {
      case 'text':
        return this.#texts.text('output_text', chunk.text);
      case 'refusal':
        return this.#texts.text('refusal', chunk.text);
      case 'reasoning':
        return this.#texts.reasoning(chunk.text);
      case 'seal':
        this.#texts.seal(chunk);
        if (sealed) this.#calls.release();
        return;
      case 'tool_call':
        return this.#calls.write(chunk);
      case 'opaque':
        return this.#others.write(chunk.value);
      case 'finish':
        this.#finish = chunk.reason;
        return;
      case 'usage':
        this.#usage = chunk.usage;
    }
  }

  #usageJson(): JsonObject | null {
    return this.#usage === null ? null : toResponsesUsage(this.#usage);
  }
}
