import fc from 'fast-check';
import type { JsonObject } from '../../../../sdk/json.ts';

/** Letters of the answers that are made up here: they are nowhere else in a stream. */
export const letters = 'αβγδε';
/** Finds any of them. */
export const anyLetter = /[αβγδε]/u;

interface Piece {
  readonly kind: 'output_text' | 'refusal' | 'summary_text' | 'reasoning_text';
  readonly deltas: readonly string[];
}

interface MadeTexts {
  readonly type: 'message' | 'reasoning';
  readonly parts: readonly Piece[];
  readonly encrypted: boolean;
}

type MadeItem =
  | MadeTexts
  | { readonly type: 'function_call' | 'custom_tool_call'; readonly deltas: readonly string[] }
  | { readonly type: 'web_search_call' };

const deltas = fc.array(fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 4 }), {
  maxLength: 4,
});
const part = (...kinds: Piece['kind'][]) => fc.record({ kind: fc.constantFrom(...kinds), deltas });

/** The events of an answer as OpenAI sends them, of any items in any order. */
export const answers = fc
  .record({
    items: fc.array(
      fc.oneof(
        fc.record({
          type: fc.constant('message' as const),
          parts: fc.array(part('output_text', 'refusal'), { maxLength: 3 }),
          encrypted: fc.constant(false),
        }),
        fc.record({
          type: fc.constant('reasoning' as const),
          parts: fc.oneof(
            fc.array(part('summary_text'), { maxLength: 3 }),
            fc.array(part('reasoning_text'), { maxLength: 3 }),
          ),
          encrypted: fc.boolean(),
        }),
        fc.record({ type: fc.constantFrom('function_call' as const, 'custom_tool_call' as const), deltas }),
        fc.record({ type: fc.constant('web_search_call' as const) }),
      ),
      { maxLength: 5 },
    ),
    cut: fc.boolean(),
    emptyOutput: fc.boolean(),
  })
  .map(({ items, cut, emptyOutput }) => eventsFor(items, cut, emptyOutput));

function eventsFor(items: readonly MadeItem[], cut: boolean, emptyOutput: boolean): JsonObject[] {
  const events: JsonObject[] = [];
  const emit = (type: string, fields: JsonObject) =>
    events.push({ type, sequence_number: events.length, ...fields });
  const response = { id: 'resp_upstream', object: 'response', created_at: 5, model: 'gpt-x', top_p: 0.5 };
  const start = { ...response, status: 'in_progress', output: [], usage: null };
  emit('response.created', { response: start });
  emit('response.in_progress', { response: start });
  const output = items.map((item, index) => tellItem(item, index, emit));
  const status = cut ? 'incomplete' : 'completed';
  emit(`response.${status}`, {
    response: {
      ...response,
      status,
      output: emptyOutput && items.length > 0 ? [] : output,
      output_text: output
        .flatMap((item) => (item['content'] as JsonObject[]) ?? [])
        .map((it) => it['text'])
        .join(''),
      incomplete_details: cut ? { reason: 'max_output_tokens' } : null,
      usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 },
    },
  });
  return events;
}

type Emit = (type: string, fields: JsonObject) => void;

function tellItem(item: MadeItem, output_index: number, emit: Emit): JsonObject {
  const id = `${item.type.slice(0, 3)}_up${output_index}`;
  if (item.type === 'web_search_call') {
    const json = { id, type: item.type, status: 'completed', action: { type: 'search', query: 'q' } };
    emit('response.output_item.added', { output_index, item: { ...json, status: 'in_progress' } });
    emit('response.web_search_call.searching', { output_index, item_id: id });
    emit('response.output_item.done', { output_index, item: json });
    return json;
  }
  if ('parts' in item) return tellTexts(item, id, output_index, emit);
  const custom = item.type === 'custom_tool_call';
  const field = custom ? 'input' : 'arguments';
  const name = custom ? 'custom_tool_call_input' : 'function_call_arguments';
  const text = item.deltas.join('');
  const json = {
    id,
    type: item.type,
    status: 'in_progress',
    call_id: `call_${output_index}`,
    name: 'f',
    namespace: 'n',
  };
  emit('response.output_item.added', { output_index, item: { ...json, [field]: '' } });
  for (const delta of item.deltas) emit(`response.${name}.delta`, { item_id: id, output_index, delta });
  emit(`response.${name}.done`, { item_id: id, output_index, [field]: text });
  const done = { ...json, status: 'completed', [field]: text };
  emit('response.output_item.done', { output_index, item: done });
  return done;
}

function tellTexts(
  { type, parts, encrypted }: MadeTexts,
  id: string,
  output_index: number,
  emit: Emit,
): JsonObject {
  const message = type === 'message';
  const base = message ? { id, type, role: 'assistant', phase: 'final_answer' } : { id, type };
  const empty = message ? { status: 'in_progress', content: [] } : { summary: [] };
  emit('response.output_item.added', { output_index, item: { ...base, ...empty } });
  const content: JsonObject[] = [];
  const summary: JsonObject[] = [];
  for (const { kind, deltas } of parts) {
    const list = kind === 'summary_text' ? summary : content;
    const place = {
      item_id: id,
      output_index,
      [kind === 'summary_text' ? 'summary_index' : 'content_index']: list.length,
    };
    const wrap = kind === 'summary_text' ? 'response.reasoning_summary_part' : 'response.content_part';
    const name = kind === 'summary_text' ? 'reasoning_summary_text' : kind;
    const json = (text: string): JsonObject =>
      kind === 'refusal'
        ? { type: kind, refusal: text }
        : { type: kind, text, ...(kind === 'output_text' ? { annotations: [], extra: 'kept' } : undefined) };
    const text = deltas.join('');
    emit(`${wrap}.added`, { ...place, part: json('') });
    for (const delta of deltas) emit(`response.${name}.delta`, { ...place, delta });
    emit(`response.${name}.done`, { ...place, ...(kind === 'refusal' ? { refusal: text } : { text }) });
    emit(`${wrap}.done`, { ...place, part: json(text) });
    list.push(json(text));
  }
  const done = message
    ? { ...base, status: 'completed', content }
    : {
        ...base,
        summary,
        ...(content.length > 0 ? { content } : undefined),
        ...(encrypted ? { encrypted_content: `enc${output_index}` } : undefined),
      };
  emit('response.output_item.done', { output_index, item: done });
  return done;
}
