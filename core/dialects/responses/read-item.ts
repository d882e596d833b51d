import type { Chunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';

/** What was read of one output item so far. */
export class ItemReading {
  readonly outputIndex: number;
  /** Index of the call, for calls. */
  call: number;
  /** True once its name has been told. */
  named = false;
  /** True once some of its arguments have come. */
  hasArguments = false;
  /** Parts of the content, and of the summary, whose text has begun to come. */
  readonly content = new Set<number>();
  readonly summary = new Set<number>();
  readonly annotations = new Set<string>();
  sealed = false;

  constructor(outputIndex: number, call: number) {
    this.outputIndex = outputIndex;
    this.call = call;
  }
}

/** Item types whose texts and arguments become chunks; all others are passed on as they are. */
export function isCall(type: Json | undefined): boolean {
  return type === 'function_call' || type === 'custom_tool_call';
}

/** The name and id of a call, the first time that they come. */
export function readCallName(item: JsonObject, reading: ItemReading, out: Chunk[]): void {
  if (reading.named) return;
  const { name, call_id: id } = item;
  reading.named = true;
  out.push({
    type: 'tool_call',
    choice: 0,
    index: reading.call,
    ...(typeof id === 'string' && id !== '' ? { id } : undefined),
    ...(typeof name === 'string' ? { name } : undefined),
    arguments: '',
  });
}

/** Whatever a finished item holds that did not come before it, piece by piece. */
export function readDoneItem(item: JsonObject, reading: ItemReading, vendor: string, out: Chunk[]): void {
  const { type, encrypted_content: value, id } = item;
  if (!isCall(type) && type !== 'message' && type !== 'reasoning') {
    const event = { type: 'response.output_item.done', output_index: reading.outputIndex, item };
    out.push({ type: 'opaque', name: nameOfItem(type), value: event });
    return;
  }
  readTexts(item, reading, out);
  if (type !== 'reasoning' || typeof value !== 'string' || value === '' || reading.sealed) return;
  reading.sealed = true;
  out.push({
    type: 'seal',
    choice: 0,
    of: 'redacted',
    seal: { issuer: vendor, value },
    ...(typeof id === 'string' && id !== '' ? { id } : undefined),
  });
}

/** The texts in an item, finished or just begun, that did not come before it. */
export function readTexts(item: JsonObject, reading: ItemReading, out: Chunk[]): void {
  const { type } = item;
  if (isCall(type)) {
    readCallName(item, reading, out);
    const text = argumentsText(item[type === 'function_call' ? 'arguments' : 'input']);
    if (reading.hasArguments || text === '') return;
    reading.hasArguments = true;
    out.push({ type: 'tool_call', choice: 0, index: reading.call, arguments: text });
  } else if (type === 'message') {
    eachPart(item['content'], (part, index) => readPart(part, index, reading, out));
  } else if (type === 'reasoning') {
    const { summary, content } = reading;
    eachPart(item['summary'], (part, at) => readReasoning(part['text'], at, summary, reading, out));
    eachPart(item['content'], (part, at) => readReasoning(part['text'], at, content, reading, out));
  }
}

/** A finished part of a message: its text where no delta brought it, and annotations that no event brought. */
export function readPart(part: JsonObject, index: number, reading: ItemReading, out: Chunk[]): void {
  const refusal = part['type'] === 'refusal';
  const text = part[refusal ? 'refusal' : 'text'];
  if (typeof text === 'string') readText(text, refusal ? 'refusal' : 'text', index, reading, out);
  const { annotations } = part;
  if (!Array.isArray(annotations)) return;
  for (const [position, annotation] of annotations.entries()) {
    const key = `${index}:${position}`;
    if (reading.annotations.has(key)) continue;
    reading.annotations.add(key);
    const value = {
      type: 'response.output_text.annotation.added',
      output_index: reading.outputIndex,
      content_index: index,
      annotation_index: position,
      annotation: annotation as Json,
    };
    out.push({ type: 'opaque', name: 'annotations', value });
  }
}

/** A text that is told whole: news only where none of it came before. */
export function readText(
  text: string,
  type: 'text' | 'refusal',
  index: number,
  reading: ItemReading,
  out: Chunk[],
): void {
  if (text === '' || reading.content.has(index)) return;
  reading.content.add(index);
  out.push({ type, choice: 0, text });
}

/** Reasoning that is told whole: news only where none of it came before. */
export function readReasoning(
  text: Json | undefined,
  index: number,
  seen: Set<number>,
  reading: ItemReading,
  out: Chunk[],
): void {
  if (typeof text !== 'string' || text === '' || seen.has(index)) return;
  out.push(reasoningDelta(text, index, seen, reading));
}

/** A piece of reasoning. Parts are a blank line apart. */
export function reasoningDelta(text: string, index: number, seen: Set<number>, reading: ItemReading): Chunk {
  const apart = !seen.has(index) && (reading.summary.size > 0 || reading.content.size > 0);
  seen.add(index);
  return { type: 'reasoning', choice: 0, text: apart ? `\n\n${text}` : text };
}

/** Some servers send the arguments as an object: as text once, never twice. */
export function argumentsText(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : '';
}

export function nameOfItem(type: Json | undefined): string {
  return typeof type === 'string' && type !== '' ? type : 'output item';
}

export function eachPart(parts: Json | undefined, visit: (part: JsonObject, index: number) => void): void {
  if (!Array.isArray(parts)) return;
  for (const [index, part] of (parts as readonly Json[]).entries())
    if (isJsonObject(part)) visit(part, index);
}
