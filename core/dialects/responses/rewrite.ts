import type { Chunk, FinishChunk, UsageChunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { JsonEdit, JsonText } from '../../body/json-text.ts';
import { statusOf } from './finish.ts';
import { ProvidedItems } from './provided.ts';
import { eachPart, isCall } from './read-item.ts';
import { ResponseObject } from './response-object.ts';
import { toResponsesUsage } from './usage.ts';
import { AnswerWriter } from './writer.ts';

type TextType = 'text' | 'refusal' | 'reasoning';

/** A text in a whole answer. */
interface Place {
  readonly pointer: string;
  readonly text: string;
  readonly part: JsonObject;
}

/** What a text is to be written as, part for part; null where it is as it came. */
type NewTexts = readonly string[] | null;

/** A whole answer with the changed chunks written into it. Everything else stays as it came. */
export function rewriteWhole(body: JsonText, before: readonly Chunk[], after: readonly Chunk[]): string {
  const edits: JsonEdit[] = [];
  const added: Chunk[] = [];
  for (const type of ['text', 'refusal', 'reasoning'] as const) {
    const places = placesOf(body.value, type);
    const texts = newTexts(before, after, type);
    if (texts === null) continue;
    if (places.length === 0) added.push(...texts.map((text): Chunk => ({ type, choice: 0, text })));
    else writeTexts(places, texts, type, edits);
    if (type === 'text' && typeof body.value['output_text'] === 'string') {
      edits.push({ pointer: '/output_text', value: texts.join('') });
    }
  }
  writeCalls(body.value, before, after, edits, added);
  writeDropped(body.value, before, after, edits);
  for (const item of itemsFor(added, String(body.value['id'] ?? '')))
    edits.push({ pointer: '/output/-', value: item });
  writeEnd(before, after, edits);
  return body.edit(edits);
}

/** The texts of one type, if any of them changed: one for each place, or all of it in the first. */
function newTexts(before: readonly Chunk[], after: readonly Chunk[], type: TextType): NewTexts {
  const old = textsOf(before, type);
  const now = textsOf(after, type);
  if (old.join('') === now.join('')) return null;
  return old.length === now.length ? now : [now.join('')];
}

function textsOf(chunks: readonly Chunk[], type: TextType): string[] {
  const texts: string[] = [];
  for (const chunk of chunks) {
    if (chunk.type === type && (chunk as { choice: number }).choice === 0)
      texts.push((chunk as { text: string }).text);
  }
  return texts;
}

/** Places in the order in which their texts became chunks; empty ones became none. */
function placesOf({ output }: JsonObject, type: TextType): Place[] {
  const places: Place[] = [];
  const add = (parts: Json | undefined, at: string) =>
    eachPart(parts, (part, index) => {
      const refusal = part['type'] === 'refusal';
      if ((type === 'refusal') !== refusal) return;
      const text = part[refusal ? 'refusal' : 'text'];
      if (typeof text !== 'string' || text === '') return;
      places.push({ pointer: `${at}/${index}`, text, part });
    });
  eachPart(output, (item, index) => {
    if (type === 'reasoning' && item['type'] === 'reasoning') {
      add(item['summary'], `/output/${index}/summary`);
      add(item['content'], `/output/${index}/content`);
    } else if (type !== 'reasoning' && item['type'] === 'message') {
      add(item['content'], `/output/${index}/content`);
    }
  });
  return places;
}

function writeTexts(
  places: readonly Place[],
  texts: readonly string[],
  type: TextType,
  edits: JsonEdit[],
): void {
  for (const [index, { pointer, text, part }] of places.entries()) {
    let now = texts[index] ?? '';
    // Parts of reasoning are told apart by a blank line that is not theirs.
    if (type === 'reasoning' && index > 0) now = now.replace(/^\n\n/, '');
    if (now === text) continue;
    if (type === 'reasoning' && now === '') {
      edits.push({ pointer, value: undefined });
      continue;
    }
    edits.push({ pointer: `${pointer}/${type === 'refusal' ? 'refusal' : 'text'}`, value: now });
    // Annotations count the old text's characters, log probabilities spell it out.
    if (Array.isArray(part['annotations'])) edits.push({ pointer: `${pointer}/annotations`, value: [] });
    if (Array.isArray(part['logprobs'])) edits.push({ pointer: `${pointer}/logprobs`, value: [] });
  }
}

function writeCalls(
  { output }: JsonObject,
  before: readonly Chunk[],
  after: readonly Chunk[],
  edits: JsonEdit[],
  added: Chunk[],
): void {
  const old = argumentsByCall(before);
  const now = argumentsByCall(after);
  let call = 0;
  eachPart(output, (item, index) => {
    if (!isCall(item['type'])) return;
    const text = now.get(call);
    if (text === undefined) edits.push({ pointer: `/output/${index}`, value: undefined });
    else if (text !== old.get(call)) {
      edits.push({
        pointer: `/output/${index}/${item['type'] === 'function_call' ? 'arguments' : 'input'}`,
        value: text,
      });
    }
    call++;
  });
  for (const chunk of after) if (chunk.type === 'tool_call' && chunk.index >= call) added.push(chunk);
}

function argumentsByCall(chunks: readonly Chunk[]): Map<number, string> {
  const calls = new Map<number, string>();
  for (const chunk of chunks) {
    if (chunk.type !== 'tool_call' || chunk.choice !== 0) continue;
    calls.set(chunk.index, (calls.get(chunk.index) ?? '') + chunk.arguments);
  }
  return calls;
}

/** Takes seals, annotations and items that nobody interprets out, where a step dropped them. */
function writeDropped(
  { output }: JsonObject,
  before: readonly Chunk[],
  after: readonly Chunk[],
  edits: JsonEdit[],
): void {
  const kept = new Set(after);
  for (const chunk of before) {
    if (kept.has(chunk)) continue;
    if (chunk.type === 'seal') {
      eachPart(output, (item, index) => {
        if (item['encrypted_content'] !== chunk.seal.value) return;
        edits.push({ pointer: `/output/${index}/encrypted_content`, value: null });
      });
    } else if (chunk.type === 'opaque' && isJsonObject(chunk.value)) {
      const { output_index: index, content_index: part } = chunk.value;
      const at = `/output/${index as number}`;
      if (chunk.name === 'annotations')
        edits.push({ pointer: `${at}/content/${part as number}/annotations`, value: [] });
      else edits.push({ pointer: at, value: undefined });
    }
  }
}

/** Items for chunks that have no place in the answer. */
function itemsFor(chunks: readonly Chunk[], id: string): readonly JsonObject[] {
  if (chunks.length === 0) return [];
  const meta = { id, createdAtMs: 0, model: '', vendor: '' };
  const writer = new AnswerWriter(new ResponseObject(meta), new ProvidedItems());
  writer.write(chunks);
  writer.finished();
  return writer.items;
}

function writeEnd(before: readonly Chunk[], after: readonly Chunk[], edits: JsonEdit[]): void {
  const isFinish = (chunk: Chunk): chunk is FinishChunk => chunk.type === 'finish';
  const isUsage = (chunk: Chunk): chunk is UsageChunk => chunk.type === 'usage';
  const reason = after.findLast(isFinish)?.reason;
  if (reason !== undefined && reason !== before.findLast(isFinish)?.reason) {
    const { status, incompleteReason, error } = statusOf(reason);
    edits.push({ pointer: '/status', value: status });
    const details = incompleteReason === undefined ? null : { reason: incompleteReason };
    edits.push({ pointer: '/incomplete_details', value: details });
    if (error !== undefined) edits.push({ pointer: '/error', value: error });
  }
  const usage = after.findLast(isUsage);
  if (usage === before.findLast(isUsage)) return;
  edits.push({ pointer: '/usage', value: usage === undefined ? null : toResponsesUsage(usage.usage) });
}
