import { redactedSeal } from '../../../../plugins/providers/bedrock/redacted.ts';
import type {
  Block,
  CacheMark,
  Conversation,
  Tool,
  ToolResultBlock,
  Turn,
} from '../../../../sdk/conversation.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../../sdk/json.ts';
import { emptyConversation } from './kit.ts';

const list = (value: Json | undefined) => (Array.isArray(value) ? (value as readonly JsonObject[]) : []);
const object = (value: Json | undefined) => (isJsonObject(value) ? value : {});
const text = (value: Json | undefined) => (typeof value === 'string' ? value : '');
const number = (value: Json | undefined) => (typeof value === 'number' ? value : null);

/** Reads a recorded request back into a conversation, as a client would have had it. For Claude's seals only. */
export function fromConverse(request: JsonObject): Conversation {
  const config = object(request['inferenceConfig']);
  const toolConfig = object(request['toolConfig']);
  const choice = object(toolConfig['toolChoice']);
  const fields = object(request['additionalModelRequestFields']);
  const thinking = object(fields['thinking']);
  return {
    ...emptyConversation,
    system: withMarks(
      list(request['system']),
      (block) => ({ type: 'text', text: text(block['text']) }) as const,
    ),
    turns: list(request['messages']).map(turnOf),
    tools: withMarks(list(toolConfig['tools']), toolOf),
    toolChoice: 'any' in choice ? { type: 'required' } : 'auto' in choice ? { type: 'auto' } : null,
    output: outputOf(object(object(request['outputConfig'])['textFormat'])),
    maxOutputTokens: number(config['maxTokens']),
    temperature: number(config['temperature']),
    topP: number(config['topP']),
    reasoning:
      thinking['type'] === 'enabled'
        ? { effort: null, budgetTokens: number(thinking['budget_tokens']), visible: null }
        : null,
  };
}

/** What a request means, without what may be said in two ways. */
export function meaningOf(request: JsonObject): Json {
  const messages: { role: Json | undefined; content: Json[] }[] = [];
  for (const message of list(request['messages'])) {
    const content = list(message['content']).filter(
      (block) => block['text'] === undefined || text(block['text']).trim() !== '',
    );
    const last = messages.at(-1);
    if (last?.role === message['role']) last!.content.push(...content.map(plain));
    else messages.push({ role: message['role'], content: content.map(plain) });
  }
  const { inferenceConfig, toolConfig, outputConfig, additionalModelRequestFields, guardrailConfig } =
    request;
  const { toolChoice, ...tools } = object(toolConfig);
  return {
    messages: messages as unknown as Json,
    system: list(request['system']),
    inferenceConfig: object(inferenceConfig),
    toolConfig: 'auto' in object(toolChoice) ? tools : object(toolConfig),
    outputFormat: outputOf(object(object(object(outputConfig)['textFormat']))) as unknown as Json,
    fields: object(additionalModelRequestFields),
    guardrailConfig: object(guardrailConfig),
  };
}

function plain(block: JsonObject): JsonObject {
  const { toolResult, document } = block;
  if (isJsonObject(document)) return { document: { ...document, name: 'any' } };
  if (!isJsonObject(toolResult)) return block;
  const { status, content, ...rest } = toolResult;
  const parts = list(content).map((part) =>
    part['json'] === undefined ? part : { text: JSON.stringify(part['json']) },
  );
  return { toolResult: { ...rest, content: parts, status: status ?? 'success' } };
}

function turnOf(message: JsonObject): Turn {
  const role = message['role'] === 'assistant' ? 'assistant' : 'user';
  return { role, blocks: withMarks(list(message['content']), blockOf) as readonly Block[] };
}

/** Takes cache points out and marks what stands before them. */
function withMarks<Item extends object>(
  raw: readonly JsonObject[],
  read: (item: JsonObject) => Item,
): (Item & { cache?: CacheMark })[] {
  const marked: (Item & { cache?: CacheMark })[] = [];
  for (const item of raw) {
    if (item['cachePoint'] === undefined) marked.push(read(item));
    else marked.at(-1)!.cache = { ttl: null };
  }
  return marked;
}

function blockOf(raw: JsonObject): Block {
  const { toolUse, toolResult, reasoningContent, document } = raw;
  if (isJsonObject(toolUse)) {
    return {
      type: 'tool_call',
      id: text(toolUse['toolUseId']),
      name: text(toolUse['name']),
      arguments: JSON.stringify(toolUse['input']),
    };
  }
  if (isJsonObject(toolResult)) return resultOf(toolResult);
  if (isJsonObject(document)) {
    const data = text(object(document['source'])['bytes']);
    return { type: 'document', name: '', source: { kind: 'base64', mediaType: 'text/plain', data } };
  }
  if (isJsonObject(reasoningContent)) {
    const { text: said, signature } = object(reasoningContent['reasoningText']);
    if (signature !== undefined) {
      return { type: 'reasoning', text: text(said), seal: { issuer: 'anthropic', value: text(signature) } };
    }
    const value = redactedSeal(text(reasoningContent['redactedContent']), 'anthropic');
    return { type: 'reasoning', text: '', redacted: true, seal: { issuer: 'anthropic', value } };
  }
  return { type: 'text', text: text(raw['text']) };
}

function resultOf(toolResult: JsonObject): ToolResultBlock {
  return {
    type: 'tool_result',
    callId: text(toolResult['toolUseId']),
    isError: toolResult['status'] === 'error',
    content: list(toolResult['content']).map((part) => ({
      type: 'text',
      text: part['json'] === undefined ? text(part['text']) : JSON.stringify(part['json']),
    })),
  };
}

function toolOf({ toolSpec }: JsonObject): Tool {
  const { name, description, inputSchema } = object(toolSpec);
  return {
    name: text(name),
    description: text(description),
    schema: object(object(inputSchema)['json']),
    strict: null,
  };
}

function outputOf({ structure }: JsonObject): Conversation['output'] {
  if (!isJsonObject(structure)) return null;
  const { name, description, schema } = object(structure['jsonSchema']);
  return {
    type: 'schema',
    name: text(name),
    description: text(description),
    schema: JSON.parse(text(schema)) as JsonObject,
    strict: true,
  };
}
