import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { Role, TextView } from '../../../sdk/view.ts';

/** `developer` is today's word for `system`, `function` yesterday's for `tool`. */
export function roleOf(message: JsonObject): Role {
  const { role } = message;
  if (role === 'developer' || role === 'system') return 'system';
  if (role === 'tool' || role === 'function') return 'tool';
  return role === 'assistant' ? 'assistant' : 'user';
}

/** Text of a message for people and rules: its text parts, joined with newlines. */
export function messageText(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const texts: string[] = [];
  for (const part of content) {
    if (isJsonObject(part) && typeof part['text'] === 'string') texts.push(part['text']);
  }
  return texts.join('\n');
}

/** How many images a message carries. */
export function imageCountOf(content: Json | undefined): number {
  if (!Array.isArray(content)) return 0;
  let count = 0;
  for (const part of content) {
    const type = isJsonObject(part) ? part['type'] : undefined;
    if (type === 'image_url' || type === 'image' || type === 'input_image') count++;
  }
  return count;
}

/** Every text that the provider reads of a chat request, arguments of earlier tool calls included. */
export function chatTexts(body: JsonObject): TextView[] {
  const out: TextView[] = [];
  const messages = body['messages'];
  if (Array.isArray(messages)) {
    for (const [index, message] of messages.entries()) {
      if (isJsonObject(message)) messageTexts(message, `/messages/${index}`, out);
    }
  }
  const prediction = body['prediction'];
  if (isJsonObject(prediction)) contentTexts(prediction['content'], '/prediction/content', 'assistant', out);
  return out;
}

function messageTexts(message: JsonObject, at: string, out: TextView[]): void {
  const role = roleOf(message);
  contentTexts(message['content'], `${at}/content`, role, out);
  if (role !== 'assistant') return;
  for (const field of ['reasoning_content', 'reasoning', 'refusal'])
    add(message[field], `${at}/${field}`, role, out);
  const calls = message['tool_calls'];
  if (Array.isArray(calls)) {
    for (const [index, call] of calls.entries()) {
      if (!isJsonObject(call)) continue;
      const { function: fn, custom } = call;
      if (isJsonObject(fn)) add(fn['arguments'], `${at}/tool_calls/${index}/function/arguments`, role, out);
      if (isJsonObject(custom)) add(custom['input'], `${at}/tool_calls/${index}/custom/input`, role, out);
    }
  }
  const legacy = message['function_call'];
  if (isJsonObject(legacy)) add(legacy['arguments'], `${at}/function_call/arguments`, role, out);
}

function contentTexts(content: Json | undefined, at: string, role: Role, out: TextView[]): void {
  if (!Array.isArray(content)) {
    add(content, at, role, out);
    return;
  }
  for (const [index, part] of content.entries()) {
    if (!isJsonObject(part)) continue;
    add(part['text'], `${at}/${index}/text`, role, out);
    add(part['refusal'], `${at}/${index}/refusal`, role, out);
  }
}

function add(text: Json | undefined, pointer: string, role: Role, out: TextView[]): void {
  if (typeof text === 'string' && text !== '') out.push({ pointer, role, text });
}
