import assert from 'node:assert/strict';
import { SseDecoder } from '../../../../core/response/sse-decoder.ts';
import { isJsonObject, type JsonObject } from '../../../../sdk/json.ts';

/** What a stream of responses events has told. */
export interface ToldResponse {
  /** Types of the events, in order. */
  readonly types: readonly string[];
  readonly events: readonly JsonObject[];
  /** Finished items by their output index. */
  readonly items: readonly JsonObject[];
  /** The response of the terminal event. */
  readonly response: JsonObject;
  readonly text: string;
  readonly refusal: string;
  readonly reasoning: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
}

interface TellingPart {
  text: string;
  textDone: boolean;
  done: JsonObject | null;
}

interface TellingItem {
  readonly added: JsonObject;
  readonly content: TellingPart[];
  readonly summary: TellingPart[];
  text: string;
  textDone: boolean;
  done: JsonObject | null;
}

/** The events of SSE text: their payloads, checked against the `event:` line. */
export function eventsOf(sse: string): JsonObject[] {
  const events: JsonObject[] = [];
  const decoder = new SseDecoder((data, event) => {
    const json = JSON.parse(data) as JsonObject;
    assert.equal(event, json['type'], 'the event is named after its type');
    events.push(json);
  });
  decoder.push(Buffer.from(sse));
  assert.ok(decoder.end(), 'the stream ends after an event');
  return events;
}

/**
 * Checks the grammar of a complete stream of responses events, strictly: numbers without gaps, everything that is
 * added is done, once, repeats equal to what the deltas said, the finished response equal to the finished items.
 *
 * @param loose for what providers send: gaps in sequence numbers, and none of them at all.
 * @throws AssertionError
 */
export function checkResponsesGrammar(
  sse: string,
  { loose = false }: { readonly loose?: boolean } = {},
): ToldResponse {
  const events = eventsOf(sse);
  const items: TellingItem[] = [];
  const first = events[0];
  assert.equal(first?.['type'], 'response.created', 'the first event');
  assert.equal(events[1]?.['type'], 'response.in_progress', 'the second event');
  const id = idOf(first);
  const last = events.at(-1) as JsonObject;
  for (const [index, event] of events.entries()) {
    if (!loose) assert.equal(event['sequence_number'], index, `sequence_number of ${String(event['type'])}`);
    if (isJsonObject(event['response'])) assert.equal(idOf(event), id, 'the response keeps its id');
    take(event, items, event === last);
  }
  const response = last['response'] as JsonObject;
  for (const [index, item] of items.entries()) assert.ok(item.done !== null, `item ${index} is done`);
  const done = items.map((item) => item.done as JsonObject);
  assert.deepEqual(response['output'], done, 'the response repeats its items');
  const ids = done.map((item) => item['id']);
  assert.equal(new Set(ids).size, ids.length, 'ids are different');
  assert.equal(response['status'], String(last['type']).slice('response.'.length));
  const parts = done.flatMap((item) => (item['type'] === 'message' ? (item['content'] as JsonObject[]) : []));
  return {
    types: events.map((event) => String(event['type'])),
    events,
    items: done,
    response,
    text: parts.map((part) => (part['type'] === 'output_text' ? part['text'] : '')).join(''),
    refusal: parts.map((part) => (part['type'] === 'refusal' ? part['refusal'] : '')).join(''),
    reasoning: items
      .flatMap((item) => [...item.summary, ...(item.added['type'] === 'reasoning' ? item.content : [])])
      .map((part) => part.text)
      .join(''),
    calls: done
      .filter((item) => item['type'] === 'function_call' || item['type'] === 'custom_tool_call')
      .map((item) => ({
        id: String(item['call_id']),
        name: String(item['name']),
        arguments: String(item['arguments'] ?? item['input']),
      })),
  };
}

function take(event: JsonObject, items: TellingItem[], last: boolean): void {
  const type = String(event['type']);
  const terminal = ['response.completed', 'response.incomplete', 'response.failed'].includes(type);
  assert.equal(terminal, last, `${type}: the terminal event is the last one, and there is one`);
  if (type === 'response.created' || type === 'response.in_progress' || terminal) return;
  const index = event['output_index'];
  if (type === 'response.output_item.added') {
    const item = event['item'] as JsonObject;
    assert.equal(index, items.length, 'output_index counts the items');
    assert.match(String(item['id']), /^[a-zA-Z0-9_-]{1,64}$/, 'an id that OpenAI takes back');
    if ('call_id' in item) assert.match(String(item['call_id']), /^.{1,64}$/s);
    items.push({ added: item, content: [], summary: [], text: '', textDone: false, done: null });
    return;
  }
  assert.equal(typeof index, 'number', `${type}: output_index`);
  const item = items[index as number];
  assert.ok(item !== undefined, `${type}: its item was added`);
  assert.equal(item.done, null, `${type}: its item is not done yet`);
  if ('item_id' in event) assert.equal(event['item_id'], item.added['id'], `${type}: item_id`);
  if (type === 'response.output_item.done') return endItem(item, event['item'] as JsonObject);
  const summary = type.startsWith('response.reasoning_summary_');
  const parts = summary ? item.summary : item.content;
  const at = event[summary ? 'summary_index' : 'content_index'] as number;
  const part = parts[at];
  switch (type) {
    case 'response.content_part.added':
    case 'response.reasoning_summary_part.added':
      assert.equal(at, parts.length, `${type}: parts are counted`);
      assert.equal(textIn(event['part'] as JsonObject), '', 'a part begins empty');
      assert.ok(
        parts.every((it) => it.done !== null),
        'one part is open at a time',
      );
      parts.push({ text: '', textDone: false, done: null });
      return;
    case 'response.output_text.delta':
    case 'response.refusal.delta':
    case 'response.reasoning_summary_text.delta':
    case 'response.reasoning_text.delta':
      assert.ok(part !== undefined && !part.textDone, `${type}: its part is open`);
      part.text += event['delta'] as string;
      return;
    case 'response.output_text.done':
    case 'response.refusal.done':
    case 'response.reasoning_summary_text.done':
    case 'response.reasoning_text.done':
      assert.ok(part !== undefined && !part.textDone, `${type}: its part is open`);
      assert.equal(textIn(event), part.text, `${type} repeats the deltas`);
      part.textDone = true;
      return;
    case 'response.content_part.done':
    case 'response.reasoning_summary_part.done':
      assert.ok(part?.textDone === true && part.done === null, `${type}: its text is done`);
      part.done = event['part'] as JsonObject;
      assert.equal(textIn(part.done), part.text, `${type} repeats the deltas`);
      return;
    case 'response.function_call_arguments.delta':
    case 'response.custom_tool_call_input.delta':
      assert.ok(!item.textDone, `${type}: the arguments are open`);
      item.text += event['delta'] as string;
      return;
    case 'response.function_call_arguments.done':
    case 'response.custom_tool_call_input.done':
      assert.ok(!item.textDone, `${type}: comes once`);
      item.textDone = true;
      assert.equal(event['arguments'] ?? event['input'], item.text, `${type} repeats the deltas`);
      return;
    default:
  }
}

function endItem(item: TellingItem, json: JsonObject): void {
  const { added } = item;
  for (const name of ['id', 'type', 'call_id', 'name'])
    assert.equal(json[name], added[name], `${name} stays`);
  for (const part of [...item.content, ...item.summary])
    assert.ok(part.done !== null, 'parts are done before items');
  switch (json['type']) {
    case 'message':
      assert.deepEqual(
        json['content'],
        item.content.map((part) => part.done),
      );
      break;
    case 'reasoning':
      assert.deepEqual(
        json['summary'],
        item.summary.map((part) => part.done),
      );
      assert.deepEqual(
        json['content'] ?? [],
        item.content.map((part) => part.done),
      );
      break;
    case 'function_call':
    case 'custom_tool_call':
      assert.ok(item.textDone, 'arguments are done before the call');
      assert.equal(json['arguments'] ?? json['input'], item.text, 'the call repeats the deltas');
      break;
    default:
  }
  item.done = json;
}

function textIn(json: JsonObject): unknown {
  return json['refusal'] ?? json['text'];
}

function idOf(event: JsonObject): unknown {
  return (event['response'] as JsonObject)['id'];
}
