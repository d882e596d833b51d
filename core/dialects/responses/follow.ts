import { isJsonObject, type JsonObject } from '../../../sdk/json.ts';
import { addPart, type Item, type ItemKind, type OutputState, type Part, type PartKind } from './items.ts';
import type { ProvidedItems } from './provided.ts';
import { eachPart } from './read-item.ts';

const kinds: ReadonlySet<unknown> = new Set(['message', 'reasoning', 'function_call', 'custom_tool_call']);

/** Notes what an event tells the client that goes out as it came. */
export function follow(state: OutputState, provided: ProvidedItems, event: JsonObject): void {
  const { sequence_number: sequence, type } = event;
  state.sequence = typeof sequence === 'number' ? sequence + 1 : state.sequence + 1;
  state.begun = true;
  switch (type) {
    case 'response.output_item.added':
      if (isJsonObject(event['item']))
        addTexts(addItem(state, provided, event, event['item']), event['item']);
      return;
    case 'response.output_item.done':
      if (isJsonObject(event['item'])) endItem(state, provided, event, event['item']);
      return;
    case 'response.output_text.delta':
      return grow(state, event, 'message', 'output_text');
    case 'response.refusal.delta':
      return grow(state, event, 'message', 'refusal');
    case 'response.reasoning_summary_text.delta':
      return grow(state, event, 'reasoning', 'summary_text');
    case 'response.reasoning_text.delta':
      return grow(state, event, 'reasoning', 'reasoning_text');
    case 'response.function_call_arguments.delta':
    case 'response.custom_tool_call_input.delta':
      if (typeof event['delta'] === 'string')
        itemOf(state, event, 'function_call').pieces.push(event['delta']);
      return;
    case 'response.function_call_arguments.done':
    case 'response.custom_tool_call_input.done': {
      const text = event['arguments'] ?? event['input'];
      const item = itemOf(state, event, 'function_call');
      item.piecesEnded = true;
      if (typeof text === 'string') replace(item.pieces, text);
      return;
    }
    case 'response.content_part.added':
    case 'response.reasoning_summary_part.added':
      if (isJsonObject(event['part'])) partOf(itemOf(state, event, 'message'), event, event['part']);
      return;
    case 'response.content_part.done':
    case 'response.reasoning_summary_part.done':
      if (isJsonObject(event['part'])) endPart(itemOf(state, event, 'message'), event, event['part']);
      return;
    case 'response.output_text.done':
    case 'response.refusal.done':
    case 'response.reasoning_summary_text.done':
    case 'response.reasoning_text.done':
      return endText(state, event, type);
    case 'response.output_text.annotation.added':
      lastPart(itemOf(state, event, 'message'), 'output_text').annotations += 1;
      return;
    default:
  }
}

function addItem(state: OutputState, provided: ProvidedItems, event: JsonObject, item: JsonObject): Item {
  const kind = (kinds.has(item['type']) ? item['type'] : 'other') as ItemKind;
  const index = typeof event['output_index'] === 'number' ? event['output_index'] : state.nextIndex;
  const id = typeof item['id'] === 'string' ? item['id'] : '';
  const base = kind === 'other' ? item : provided.base(index);
  const added = state.add({ kind, id, base, source: index }, index);
  if (kind === 'message' || kind === 'reasoning') state.open = added;
  return added;
}

/** Texts that an item begins with: usually none. */
function addTexts(item: Item, json: JsonObject): void {
  for (const field of ['arguments', 'input'] as const) {
    const text = json[field];
    if (typeof text === 'string' && text !== '') item.pieces.push(text);
  }
  eachPart(json['summary'], (part) => beginPart(item, 'summary_text', part));
  eachPart(json['content'], (part) => beginPart(item, contentKind(part), part));
}

function beginPart(item: Item, kind: PartKind, json: JsonObject): Part {
  const part = addPart(item, kind);
  const text = json[kind === 'refusal' ? 'refusal' : 'text'];
  if (typeof text === 'string' && text !== '') part.pieces.push(text);
  return part;
}

function contentKind({ type }: JsonObject): PartKind {
  return type === 'refusal' || type === 'reasoning_text' ? type : 'output_text';
}

function endItem(state: OutputState, provided: ProvidedItems, event: JsonObject, json: JsonObject): void {
  const index = event['output_index'];
  const known = typeof index === 'number' ? state.bySource.get(index) : state.items.at(-1);
  const item = known ?? addItem(state, provided, event, json);
  item.done = json;
  if (state.open === item) state.open = null;
}

/** The item that an event is about. Where the provider forgot to add it, it is added now. */
function itemOf(state: OutputState, event: JsonObject, kind: ItemKind): Item {
  const index = event['output_index'];
  const known = typeof index === 'number' ? state.bySource.get(index) : state.items.at(-1);
  if (known !== undefined) return known;
  const source = typeof index === 'number' ? index : state.nextIndex;
  const id = typeof event['item_id'] === 'string' ? event['item_id'] : '';
  const added = state.add({ kind, id, base: {}, source }, source);
  if (kind === 'message' || kind === 'reasoning') state.open = added;
  return added;
}

function grow(state: OutputState, event: JsonObject, kind: ItemKind, part: PartKind): void {
  const { delta, content_index: content, summary_index: summary } = event;
  const item = itemOf(state, event, kind);
  const index = part === 'summary_text' ? summary : content;
  const known = typeof index === 'number' ? findPart(item, part, index) : undefined;
  if (typeof delta === 'string') (known ?? lastPart(item, part)).pieces.push(delta);
}

function findPart(item: Item, kind: PartKind, index: number): Part | undefined {
  const last = item.parts.at(-1);
  if (last?.kind === kind && last.index === index) return last;
  return item.parts.find((part) => part.kind === kind && part.index === index);
}

function lastPart(item: Item, kind: PartKind): Part {
  const last = item.parts.at(-1);
  return last?.kind === kind && last.open ? last : addPart(item, kind);
}

function partOf(item: Item, event: JsonObject, part: JsonObject): Part {
  const summary =
    event['type'] === 'response.reasoning_summary_part.added' || part['type'] === 'summary_text';
  const kind = summary ? 'summary_text' : contentKind(part);
  const index = event[summary ? 'summary_index' : 'content_index'];
  const known = typeof index === 'number' ? findPart(item, kind, index) : undefined;
  return known ?? beginPart(item, kind, part);
}

function endPart(item: Item, event: JsonObject, json: JsonObject): void {
  const part = partOf(item, event, json);
  part.open = false;
  part.done = json;
  const text = json[part.kind === 'refusal' ? 'refusal' : 'text'];
  if (typeof text === 'string') replace(part.pieces, text);
}

function endText(state: OutputState, event: JsonObject, type: string): void {
  const refusal = type === 'response.refusal.done';
  const summary = type === 'response.reasoning_summary_text.done';
  const kind = refusal
    ? 'refusal'
    : summary
      ? 'summary_text'
      : type === 'response.reasoning_text.done'
        ? 'reasoning_text'
        : 'output_text';
  const item = itemOf(state, event, refusal || kind === 'output_text' ? 'message' : 'reasoning');
  const index = event[summary ? 'summary_index' : 'content_index'];
  const part = (typeof index === 'number' ? findPart(item, kind, index) : undefined) ?? lastPart(item, kind);
  part.open = false;
  const text = event[refusal ? 'refusal' : 'text'];
  if (typeof text === 'string') replace(part.pieces, text);
}

function replace(pieces: string[], text: string): void {
  pieces.length = 0;
  pieces.push(text);
}
