import type { Answer, AnswerChoice } from '../../../sdk/chunk.ts';
import type { Block, Conversation, MediaSource } from '../../../sdk/conversation.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';

/**
 * Prompts and answers in the words of OpenTelemetry's GenAI conventions:
 * https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/#recording-content-on-attributes. Bytes of media are left
 * out.
 */
export interface GenAiMessage extends JsonObject {
  readonly role: string;
  readonly parts: readonly Json[];
}

/** `gen_ai.system_instructions`: parts. */
export function systemParts({ system }: Conversation): Json[] {
  return system.map(({ text }) => textPart(text));
}

/** `gen_ai.input.messages`. */
export function inputMessages({ turns }: Conversation): GenAiMessage[] {
  return turns.flatMap(({ role, blocks }): GenAiMessage[] => {
    const results = blocks.filter(({ type }) => type === 'tool_result');
    const others = blocks.filter(({ type }) => type !== 'tool_result');
    return [
      ...(results.length === 0 ? [] : [{ role: 'tool', parts: results.map(partOf) }]),
      ...(others.length === 0 ? [] : [{ role, parts: others.map(partOf) }]),
    ];
  });
}

/** `gen_ai.output.messages`: one for each choice. */
export function outputMessages({ choices }: Answer): GenAiMessage[] {
  return choices.map((choice) => ({
    role: 'assistant',
    parts: partsOf(choice),
    finish_reason: choice.finish === 'tool_calls' ? 'tool_call' : (choice.finish ?? 'error'),
  }));
}

function partsOf({ reasoning, text, refusal, toolCalls }: AnswerChoice): Json[] {
  return [
    ...(reasoning === '' ? [] : [{ type: 'reasoning', content: reasoning }]),
    ...(text === '' ? [] : [textPart(text)]),
    ...(refusal === '' ? [] : [{ type: 'refusal', content: refusal }]),
    ...toolCalls.map((call) => callPart(call.id, call.name, call.arguments)),
  ];
}

function partOf(block: Block): Json {
  switch (block.type) {
    case 'text':
      return textPart(block.text);
    case 'reasoning':
      return { type: 'reasoning', content: block.text };
    case 'refusal':
      return { type: 'refusal', content: block.text };
    case 'tool_call':
      return callPart(block.id, block.name, block.arguments);
    case 'tool_result': {
      const [only, ...more] = block.content;
      const response = only?.type === 'text' && more.length === 0 ? only.text : block.content.map(partOf);
      return { type: 'tool_call_response', id: block.callId, response };
    }
    case 'image':
      return mediaPart('image', block.source);
    case 'document':
      return mediaPart('document', block.source);
    case 'audio':
      return { type: 'audio', left_out: block.data.length };
    case 'native':
      return { type: block.name };
  }
}

function textPart(content: string): Json {
  return { type: 'text', content };
}

function callPart(id: string, name: string, args: string): Json {
  return { type: 'tool_call', id, name, arguments: args };
}

function mediaPart(modality: string, source: MediaSource): Json {
  switch (source.kind) {
    case 'url':
      return { type: 'uri', modality, uri: source.url };
    case 'file':
      return { type: 'file', modality, file_id: source.id };
    case 'text':
      return textPart(source.text);
    case 'base64':
      return { type: modality, mime_type: source.mediaType, left_out: source.data.length };
  }
}
