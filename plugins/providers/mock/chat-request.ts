import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';

/** A function that the model may call. */
export interface OfferedTool {
  readonly name: string;
  readonly parameters: JsonObject;
}

/** What the mock reads of a chat request. */
export interface ChatRequest {
  readonly lastUser: string;
  /** Texts of the tool results at the end of the conversation; empty where it does not end with one. */
  readonly toolResults: readonly string[];
  readonly tools: readonly OfferedTool[];
  /** `none`, `auto`, `required`, or the name of the tool to call. */
  readonly toolChoice:
    | { readonly mode: 'none' | 'auto' | 'required' }
    | { readonly mode: 'named'; readonly name: string };
  readonly parallel: boolean;
  /** Null where text is wanted; `{}` where any JSON object is. */
  readonly jsonSchema: JsonObject | null;
  /** Characters of all texts, and pictures: what a provider would count as input. */
  readonly inputChars: number;
  readonly images: number;
}

/** Reads a chat request. Null where there are no messages; everything else is taken as loosely as servers do. */
export function readChatRequest(body: JsonObject): ChatRequest | null {
  const { messages } = body as Record<string, Json | undefined>;
  if (!Array.isArray(messages) || messages.length === 0) return null;
  let lastUser = '';
  let toolResults: string[] = [];
  let inputChars = 0;
  let images = 0;
  for (const message of messages as readonly Json[]) {
    if (!isJsonObject(message)) continue;
    const text = textOf(message['content']);
    inputChars += text.length + callChars(message['tool_calls']);
    images += imagesIn(message['content']);
    if (message['role'] === 'user') lastUser = text;
    if (message['role'] === 'tool' || message['role'] === 'function') toolResults.push(text);
    else toolResults = [];
  }
  const tools = toolsOf(body['tools']);
  return {
    lastUser,
    toolResults,
    tools,
    toolChoice: choiceOf(body['tool_choice']),
    parallel: body['parallel_tool_calls'] !== false,
    jsonSchema: schemaOf(body['response_format']),
    inputChars,
    images,
  };
}

/** The text of a message's content: a string, or the text parts of a list. */
export function textOf(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const texts: string[] = [];
  for (const part of content as readonly Json[]) {
    if (typeof part === 'string') texts.push(part);
    else if (isJsonObject(part) && typeof part['text'] === 'string') texts.push(part['text']);
  }
  return texts.join('\n');
}

function imagesIn(content: Json | undefined): number {
  if (!Array.isArray(content)) return 0;
  return (content as readonly Json[]).filter((part) => isJsonObject(part) && part['type'] === 'image_url')
    .length;
}

function callChars(calls: Json | undefined): number {
  if (!Array.isArray(calls)) return 0;
  let chars = 0;
  for (const call of calls as readonly Json[]) {
    const fn = isJsonObject(call) ? call['function'] : undefined;
    if (!isJsonObject(fn)) continue;
    chars += String(fn['name'] ?? '').length + String(fn['arguments'] ?? '').length;
  }
  return chars;
}

function toolsOf(tools: Json | undefined): OfferedTool[] {
  if (!Array.isArray(tools)) return [];
  const offered: OfferedTool[] = [];
  for (const tool of tools as readonly Json[]) {
    const fn = isJsonObject(tool) ? tool['function'] : undefined;
    if (!isJsonObject(fn) || typeof fn['name'] !== 'string') continue;
    offered.push({ name: fn['name'], parameters: isJsonObject(fn['parameters']) ? fn['parameters'] : {} });
  }
  return offered;
}

function choiceOf(choice: Json | undefined): ChatRequest['toolChoice'] {
  if (choice === 'none' || choice === 'required') return { mode: choice };
  const fn = isJsonObject(choice) ? choice['function'] : undefined;
  if (isJsonObject(fn) && typeof fn['name'] === 'string') return { mode: 'named', name: fn['name'] };
  return { mode: 'auto' };
}

function schemaOf(format: Json | undefined): JsonObject | null {
  if (!isJsonObject(format)) return null;
  if (format['type'] === 'json_object') return {};
  const wrapper = format['json_schema'];
  if (format['type'] !== 'json_schema' || !isJsonObject(wrapper)) return null;
  return isJsonObject(wrapper['schema']) ? wrapper['schema'] : {};
}
