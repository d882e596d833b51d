import type { Chunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { serviceTier } from '../../../sdk/translate/service-tier.ts';
import type { AnswerDecoder, DecodedEvent } from '../../../sdk/wire.ts';
import { errorIn, errorOf } from './error-event.ts';
import { sameEvent } from './events.ts';
import { finishOf } from './finish.ts';
import {
  eachPart,
  ItemReading,
  isCall,
  nameOfItem,
  readDoneItem,
  readPart,
  readReasoning,
  readText,
  readTexts,
  reasoningDelta,
} from './read-item.ts';
import { responseOf } from './response-object.ts';
import { fromResponsesUsage } from './usage.ts';

/** A decoded event with the name that it came under; '' where it had none. */
export interface ResponsesEvent extends DecodedEvent {
  readonly event: string;
}

const noChunks: readonly Chunk[] = Object.freeze([]);

/**
 * Reads answers of the Responses API. Items are told apart by `output_index`: some servers change their ids between
 * events. Texts come as deltas and are repeated three times; a repeat counts only where no delta came before it.
 */
export class ResponsesDecoder implements AnswerDecoder {
  readonly #vendor: string;
  readonly #items = new Map<number, ItemReading>();
  #last: ItemReading | null = null;
  #calls = 0;
  #complete = false;
  #model: string | null = null;

  /** @param vendor issuer of the seals in the answer. */
  constructor(vendor: string) {
    this.#vendor = vendor;
  }

  get complete(): boolean {
    return this.#complete;
  }

  get model(): string | null {
    return this.#model;
  }

  decodeEvent(data: string, event: string): ResponsesEvent {
    if (data === '') return { kind: 'ignore', chunks: noChunks, json: null, data, event };
    // Not this API's end, but some servers send it.
    if (data.trim() === '[DONE]') return { kind: 'done', chunks: noChunks, json: null, data, event };
    let json: Json;
    try {
      json = JSON.parse(data) as Json;
    } catch {
      return { kind: 'error', chunks: noChunks, json: null, data, event };
    }
    if (!isJsonObject(json)) return { kind: 'error', chunks: noChunks, json: null, data, event };
    const type = typeof json['type'] === 'string' ? json['type'] : event;
    // A server that answers as chat was asked for the wrong thing.
    if (type === '' && Array.isArray(json['choices']))
      return { kind: 'error', chunks: noChunks, json: null, data, event };
    if (type === 'keepalive') return { kind: 'ping', chunks: noChunks, json, data, event };
    const chunks: Chunk[] = [];
    const error = this.#readError(type, json, chunks);
    if (error !== null) {
      return { kind: 'error', chunks, json, data: error, event, raw: sameEvent(event, data) };
    }
    this.#read(type, json, chunks);
    return { kind: 'chunks', chunks: chunks.length === 0 ? noChunks : chunks, json, data, event };
  }

  decodeWhole(body: JsonObject): DecodedEvent {
    const chunks: Chunk[] = [];
    const { output, status, error } = body;
    this.#learn(body);
    if (Array.isArray(output)) this.#readOutput(body, chunks);
    const usage = fromResponsesUsage(body['usage']);
    if (usage !== null) chunks.push({ type: 'usage', usage, ...serviceTier(body['service_tier']) });
    if (isJsonObject(error) || status === 'failed' || status === 'cancelled' || !Array.isArray(output)) {
      const data = Array.isArray(output) ? errorOf(body) : JSON.stringify(body);
      return { kind: 'error', chunks, json: body, data };
    }
    const reason = finishOf(body, this.#calls > 0);
    if (reason !== null) {
      this.#complete = true;
      chunks.push({ type: 'finish', choice: 0, reason });
    }
    return { kind: 'chunks', chunks, json: body, data: '' };
  }

  #readError(type: string, json: JsonObject, out: Chunk[]): string | null {
    const error = errorIn(type, json);
    const response = error === null ? null : responseOf(json);
    if (response === null) return error;
    this.#learn(response);
    const usage = fromResponsesUsage(response['usage']);
    if (usage !== null) out.push({ type: 'usage', usage, ...serviceTier(response['service_tier']) });
    return error;
  }

  #read(type: string, json: JsonObject, out: Chunk[]): void {
    switch (type) {
      case 'response.created':
      case 'response.in_progress':
      case 'response.queued':
        this.#learn(responseOf(json) ?? {});
        return;
      case 'response.output_text.delta':
      case 'response.refusal.delta':
        return this.#readTextDelta(json, type === 'response.refusal.delta' ? 'refusal' : 'text', out);
      case 'response.output_text.done':
        return readText(
          textIn(json, 'text'),
          'text',
          indexIn(json, 'content_index'),
          this.#itemOf(json),
          out,
        );
      case 'response.refusal.done':
        return readText(
          textIn(json, 'refusal'),
          'refusal',
          indexIn(json, 'content_index'),
          this.#itemOf(json),
          out,
        );
      case 'response.content_part.added':
      case 'response.content_part.done':
      case 'response.reasoning_summary_part.added':
      case 'response.reasoning_summary_part.done':
        return this.#readPart(type, json, out);
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        return this.#readArguments(json, textIn(json, 'delta'), out);
      case 'response.function_call_arguments.done':
      case 'response.custom_tool_call_input.done': {
        if (this.#itemOf(json, true).hasArguments) return;
        const field = type === 'response.function_call_arguments.done' ? 'arguments' : 'input';
        return this.#readArguments(json, textIn(json, field), out);
      }
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta': {
        const text = textIn(json, 'delta');
        const { seen, index, item } = this.#reasoningPlace(type, json);
        if (text !== '') out.push(reasoningDelta(text, index, seen, item));
        return;
      }
      case 'response.reasoning_summary_text.done':
      case 'response.reasoning_text.done': {
        const { seen, index, item } = this.#reasoningPlace(type, json);
        return readReasoning(json['text'], index, seen, item, out);
      }
      case 'response.output_item.added':
        return this.#readAdded(json, out);
      case 'response.output_item.done':
        return this.#readItemDone(json, out);
      case 'response.completed':
      case 'response.incomplete':
        return this.#readEnd(type, responseOf(json) ?? {}, out);
      default:
        this.#readOther(type, json, out);
    }
  }

  #readTextDelta(json: JsonObject, type: 'text' | 'refusal', out: Chunk[]): void {
    const text = textIn(json, 'delta');
    if (text === '') return;
    this.#itemOf(json).content.add(indexIn(json, 'content_index'));
    out.push({ type, choice: 0, text });
  }

  /** Parts begin empty and end with what the deltas said; those of other servers perhaps not. */
  #readPart(type: string, json: JsonObject, out: Chunk[]): void {
    const { part } = json;
    if (!isJsonObject(part)) return;
    const { item, seen, index } = this.#reasoningPlace(type, json);
    const reasoning = part['type'] === 'summary_text' || part['type'] === 'reasoning_text';
    if (reasoning) readReasoning(part['text'], index, seen, item, out);
    else readPart(part, index, item, out);
  }

  #readArguments(json: JsonObject, text: string, out: Chunk[]): void {
    const item = this.#itemOf(json, true);
    if (text === '') return;
    item.hasArguments = true;
    out.push({ type: 'tool_call', choice: 0, index: item.call, arguments: text });
  }

  #readAdded(json: JsonObject, out: Chunk[]): void {
    const { item } = json;
    if (!isJsonObject(item)) return;
    const reading = this.#itemFor(json, item);
    const { type } = item;
    if (isCall(type) || type === 'message' || type === 'reasoning') readTexts(item, reading, out);
    else out.push({ type: 'opaque', name: nameOfItem(type), value: json });
  }

  #readItemDone(json: JsonObject, out: Chunk[]): void {
    const { item } = json;
    if (!isJsonObject(item)) return;
    readDoneItem(item, this.#itemOf(json, isCall(item['type'])), this.#vendor, out);
  }

  #readEnd(type: string, response: JsonObject, out: Chunk[]): void {
    this.#learn(response);
    // Some servers send no items, only the finished response.
    if (this.#items.size === 0) this.#readOutput(response, out);
    const usage = fromResponsesUsage(response['usage']);
    if (usage !== null) out.push({ type: 'usage', usage, ...serviceTier(response['service_tier']) });
    if (this.#complete) return;
    this.#complete = true;
    const status = type === 'response.incomplete' ? 'incomplete' : 'completed';
    const reason = finishOf({ ...response, status }, this.#calls > 0) ?? 'stop';
    out.push({ type: 'finish', choice: 0, reason });
  }

  #readOther(type: string, json: JsonObject, out: Chunk[]): void {
    if (type === 'response.output_text.annotation.added') {
      const key = `${indexIn(json, 'content_index')}:${indexIn(json, 'annotation_index')}`;
      this.#itemOf(json).annotations.add(key);
      out.push({ type: 'opaque', name: 'annotations', value: json });
      return;
    }
    // `response.web_search_call.searching` is part of a `web_search_call`.
    const name = type.split('.')[type.startsWith('response.') ? 1 : 0] || 'event';
    out.push({ type: 'opaque', name, value: json });
  }

  /** The items of a finished response; its `output_text`, which is no field of the API, where it has nothing else. */
  #readOutput({ output, output_text: text }: JsonObject, out: Chunk[]): void {
    eachPart(output, (item, index) => {
      readDoneItem(item, this.#itemFor({ output_index: index }, item), this.#vendor, out);
    });
    if (typeof text !== 'string' || text === '' || out.some((chunk) => chunk.type === 'text')) return;
    out.push({ type: 'text', choice: 0, text });
  }

  #reasoningPlace(type: string, json: JsonObject) {
    const item = this.#itemOf(json);
    const summary = type.startsWith('response.reasoning_summary_');
    return {
      item,
      seen: summary ? item.summary : item.content,
      index: indexIn(json, summary ? 'summary_index' : 'content_index'),
    };
  }

  /** The item that an event is about; the last one where it does not say. */
  #itemOf(json: JsonObject, call = false): ItemReading {
    const index = json['output_index'];
    if (typeof index !== 'number') return this.#last ?? this.#add(0, call);
    if (this.#last?.outputIndex === index && !(call && this.#last.call < 0)) return this.#last;
    const known = this.#items.get(index);
    if (known === undefined) return this.#add(index, call);
    // It began without saying what it is.
    if (call && known.call < 0) known.call = this.#calls++;
    this.#last = known;
    return known;
  }

  #itemFor(json: JsonObject, item: JsonObject): ItemReading {
    const call = isCall(item['type']);
    if (typeof json['output_index'] === 'number') return this.#itemOf(json, call);
    return this.#add(this.#items.size, call);
  }

  #add(outputIndex: number, call: boolean): ItemReading {
    const item = new ItemReading(outputIndex, call ? this.#calls++ : -1);
    this.#items.set(outputIndex, item);
    this.#last = item;
    return item;
  }

  #learn(response: JsonObject): void {
    const { model } = response;
    if (typeof model === 'string' && model !== '') this.#model = model;
  }
}

function textIn(json: JsonObject, name: string): string {
  const value = json[name];
  return typeof value === 'string' ? value : '';
}

function indexIn(json: JsonObject, name: string): number {
  const value = json[name];
  return typeof value === 'number' ? value : 0;
}
