import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { MessageView, Role, TextView } from '../../../sdk/view.ts';
import { pointerToken } from '../../body/json-pointer.ts';

/** How a request's content looks to people and rules: system first, tool results apart from what the user says. */
export function messageViews(body: JsonObject): MessageView[] {
  const views: MessageView[] = [];
  if (hasText(body['system'])) views.push(viewOf('system', blocksOf(body['system'])));
  for (const message of messagesOf(body)) {
    const role = roleOf(message);
    const blocks = blocksOf(message['content']);
    const results = blocks.filter((block) => block['type'] === 'tool_result');
    if (role !== 'user' || results.length === 0) {
      views.push(viewOf(role, blocks));
      continue;
    }
    const rest = blocks.filter((block) => block['type'] !== 'tool_result');
    views.push(viewOf('tool', results));
    if (rest.length > 0) views.push(viewOf('user', rest));
  }
  return views;
}

/** Every text that the provider reads, but for signed thinking: its issuer takes it back unchanged only. */
export function messagesTexts(body: JsonObject): TextView[] {
  const out: TextView[] = [];
  contentTexts(body['system'], '/system', 'system', out);
  for (const [index, message] of messagesOf(body).entries()) {
    contentTexts(message['content'], `/messages/${index}/content`, roleOf(message), out);
  }
  return out;
}

/** The messages that are objects; the body has been validated. */
export function messagesOf(body: JsonObject): readonly JsonObject[] {
  return Array.isArray(body['messages']) ? (body['messages'] as readonly JsonObject[]) : [];
}

/** Content as blocks; a plain text is one. */
export function blocksOf(content: Json | undefined): readonly JsonObject[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return Array.isArray(content) ? (content as readonly Json[]).filter(isJsonObject) : [];
}

/** True for content that says something. */
export function hasText(content: Json | undefined): boolean {
  return blocksOf(content).length > 0;
}

function roleOf(message: JsonObject): Role {
  const { role } = message;
  return role === 'assistant' || role === 'system' ? role : 'user';
}

function viewOf(role: Role, blocks: readonly JsonObject[]): MessageView {
  const texts: string[] = [];
  let images = 0;
  for (const block of blocks) {
    if (block['type'] === 'image') images++;
    else if (block['type'] === 'tool_result') {
      const inner = viewOf(role, blocksOf(block['content']));
      if (inner.text !== '') texts.push(inner.text);
      images += inner.images;
    } else if (typeof block['text'] === 'string') texts.push(block['text']);
  }
  return { role, text: texts.join('\n'), images };
}

function contentTexts(content: Json | undefined, at: string, role: Role, out: TextView[]): void {
  if (!Array.isArray(content)) return add(content, at, role, out);
  for (const [index, block] of (content as readonly Json[]).entries()) {
    if (isJsonObject(block)) blockTexts(block, `${at}/${index}`, role, out);
  }
}

function blockTexts(block: JsonObject, at: string, role: Role, out: TextView[]): void {
  switch (block['type']) {
    case 'tool_result':
      return contentTexts(block['content'], `${at}/content`, 'tool', out);
    case 'tool_use':
      return inputTexts(block['input'], `${at}/input`, role, out);
    case 'search_result':
      add(block['title'], `${at}/title`, role, out);
      return contentTexts(block['content'], `${at}/content`, role, out);
    case 'document': {
      const { source } = block;
      add(block['title'], `${at}/title`, role, out);
      add(block['context'], `${at}/context`, role, out);
      if (!isJsonObject(source)) return;
      if (source['type'] === 'text') add(source['data'], `${at}/source/data`, role, out);
      if (source['type'] === 'content') contentTexts(source['content'], `${at}/source/content`, role, out);
      return;
    }
    default:
      add(block['text'], `${at}/text`, role, out);
  }
}

/** The texts in the arguments of an earlier call. */
function inputTexts(value: Json | undefined, at: string, role: Role, out: TextView[]): void {
  if (typeof value !== 'object' || value === null) return add(value, at, role, out);
  for (const [name, member] of Object.entries(value)) {
    inputTexts(member as Json | undefined, `${at}/${pointerToken(name)}`, role, out);
  }
}

function add(text: Json | undefined, pointer: string, role: Role, out: TextView[]): void {
  if (typeof text === 'string' && text !== '') out.push({ pointer, role, text });
}
