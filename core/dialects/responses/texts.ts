import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { Role, TextView } from '../../../sdk/view.ts';
import { pointerToken } from '../../body/json-pointer.ts';

/** Items of the input; none where it is a text or the provider keeps it. */
export function itemsOf(body: JsonObject): readonly JsonObject[] {
  const { input } = body;
  return Array.isArray(input) ? (input as readonly JsonObject[]) : [];
}

/** True for a message: its type may be left out. */
export function isMessage(item: JsonObject): boolean {
  return item['type'] === 'message' || (item['type'] === undefined && typeof item['role'] === 'string');
}

/** True for what a tool answered, and other items that the client's side adds. */
export function isResult(type: Json | undefined): boolean {
  return typeof type === 'string' && (type.endsWith('_output') || type === 'mcp_approval_response');
}

export function roleOf(item: JsonObject): Role {
  if (isMessage(item)) {
    const { role } = item;
    if (role === 'system' || role === 'developer') return 'system';
    return role === 'assistant' ? 'assistant' : 'user';
  }
  return isResult(item['type']) ? 'tool' : 'assistant';
}

/** Text for people and rules: the text parts, joined with newlines. */
export function contentText(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const texts: string[] = [];
  for (const part of content) {
    if (isJsonObject(part) && typeof part['text'] === 'string') texts.push(part['text']);
  }
  return texts.join('\n');
}

/** How many images a content or output carries. */
export function imageCountOf(content: Json | undefined): number {
  if (!Array.isArray(content)) return 0;
  return (content as readonly Json[]).filter((part) => isJsonObject(part) && part['type'] === 'input_image')
    .length;
}

/** Every text that the provider reads of a request, arguments and results of earlier calls included. */
export function responsesTexts(body: JsonObject): TextView[] {
  const out: TextView[] = [];
  add(body['instructions'], '/instructions', 'system', out);
  add(body['input'], '/input', 'user', out);
  for (const [index, item] of itemsOf(body).entries()) itemTexts(item, `/input/${index}`, out);
  const { prompt } = body;
  if (isJsonObject(prompt) && isJsonObject(prompt['variables'])) {
    for (const [name, value] of Object.entries(prompt['variables'])) {
      add(value, `/prompt/variables/${pointerToken(name)}`, 'user', out);
    }
  }
  return out;
}

function itemTexts(item: JsonObject, at: string, out: TextView[]): void {
  const role = roleOf(item);
  for (const field of ['content', 'output', 'summary', 'arguments', 'input'] as const) {
    const value = item[field];
    if (!Array.isArray(value)) {
      add(value, `${at}/${field}`, role, out);
      continue;
    }
    for (const [index, part] of (value as readonly Json[]).entries()) {
      if (!isJsonObject(part)) continue;
      add(part['text'], `${at}/${field}/${index}/text`, role, out);
      add(part['refusal'], `${at}/${field}/${index}/refusal`, role, out);
    }
  }
}

function add(text: Json | undefined, pointer: string, role: Role, out: TextView[]): void {
  if (typeof text === 'string' && text !== '') out.push({ pointer, role, text });
}
