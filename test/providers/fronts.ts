import assert from 'node:assert/strict';
import type { Json, JsonObject } from '../../sdk/json.ts';
import { checkChatStream } from '../core/dialects/chat/grammar.ts';
import { checkMessagesStream } from '../core/dialects/messages/grammar.ts';
import { checkResponsesGrammar } from '../core/dialects/responses/grammar.ts';
import type { Expected, ExpectedUsage } from './expected.ts';
import { readChatStream, readChatWhole } from './read/chat.ts';
import { readMessagesStream, readMessagesWhole } from './read/messages.ts';
import { readResponsesStream, readResponsesWhole } from './read/responses.ts';
import type { Seen, SeenCall } from './read/seen.ts';

/** What a client sends. */
export interface Ask {
  readonly model: string;
  readonly stream: boolean;
  /** Names of the functions that are offered. */
  readonly tools: readonly string[];
}

/** A dialect that clients speak: how to ask in it, and how to read what comes back. */
export interface Front {
  readonly name: 'chat' | 'messages' | 'responses';
  readonly path: string;
  /** The `api` of recorded answers in this dialect. */
  readonly api: string;
  request(ask: Ask): JsonObject;
  /** The request that goes on after an answer: with its turn, and with results of its calls. */
  goOn(ask: Ask, turn: readonly JsonObject[], calls: readonly SeenCall[]): JsonObject;
  /** @param strict as for streams. */
  readWhole(text: string, strict?: boolean): Seen;
  /** @param strict holds the stream to the dialect's grammar. */
  readStream(text: string, strict: boolean): Seen;
  /** A second opinion, of the dialect's own tests, on a stream that is complete. */
  checkGrammar(text: string): unknown;
  /** The words for the end of an answer; [] where the answer must have failed. */
  finish(expected: Expected): readonly string[];
  /** Fails the test where the usage does not say what is expected. */
  checkUsage(usage: JsonObject | null, expected: ExpectedUsage): void;
  /** `error.type` for an error; null where any will do. */
  errorType(status: number, code: string): string | null;
}

const question = 'Grüß Gott — who are you? 👋';
const goOnText = 'Go on.';
const noArguments = { type: 'object', properties: {} };
const resultText = 'It is 12:00.';

const chat: Front = {
  name: 'chat',
  path: '/v1/chat/completions',
  api: 'chat.completions',
  request: ({ model, stream, tools }) => ({
    model,
    messages: [{ role: 'user', content: question }],
    ...(stream ? { stream, stream_options: { include_usage: true } } : undefined),
    ...(tools.length === 0
      ? undefined
      : { tools: tools.map((name) => ({ type: 'function', function: { name, parameters: noArguments } })) }),
  }),
  goOn(ask, turn, calls) {
    const request = chat.request(ask);
    const results = calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: resultText }));
    const next = calls.length === 0 ? [{ role: 'user', content: goOnText }] : results;
    return { ...request, messages: [...(request['messages'] as Json[]), ...turn, ...next] };
  },
  readWhole: readChatWhole,
  readStream: readChatStream,
  checkGrammar: checkChatStream,
  finish({ finish, refusal }) {
    if (refusal !== '') return ['stop', 'content_filter'];
    return [finish];
  },
  checkUsage(usage, want) {
    assert.ok(usage !== null, 'usage is missing');
    const inDetails = (usage['prompt_tokens_details'] ?? {}) as JsonObject;
    const outDetails = (usage['completion_tokens_details'] ?? {}) as JsonObject;
    assert.deepEqual(
      {
        prompt_tokens: usage['prompt_tokens'],
        completion_tokens: usage['completion_tokens'],
        total_tokens: usage['total_tokens'],
        cached_tokens: inDetails['cached_tokens'] ?? 0,
        cache_write_tokens: inDetails['cache_write_tokens'] ?? 0,
        reasoning_tokens: outDetails['reasoning_tokens'] ?? 0,
      },
      {
        prompt_tokens: want.input,
        completion_tokens: want.output,
        total_tokens: want.input + want.output,
        cached_tokens: want.read,
        cache_write_tokens: want.written,
        reasoning_tokens: want.reasoning ?? outDetails['reasoning_tokens'] ?? 0,
      },
    );
  },
  errorType: openAiErrorType,
};

const messages: Front = {
  name: 'messages',
  path: '/v1/messages',
  api: 'messages',
  request: ({ model, stream, tools }) => ({
    model,
    max_tokens: 4096,
    messages: [{ role: 'user', content: question }],
    ...(stream ? { stream } : undefined),
    ...(tools.length === 0
      ? undefined
      : { tools: tools.map((name) => ({ name, input_schema: noArguments })) }),
  }),
  goOn(ask, turn, calls) {
    const request = messages.request(ask);
    const results = calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: resultText }));
    const content = calls.length === 0 ? goOnText : results;
    return { ...request, messages: [...(request['messages'] as Json[]), ...turn, { role: 'user', content }] };
  },
  readWhole: readMessagesWhole,
  readStream: readMessagesStream,
  checkGrammar: checkMessagesStream,
  finish({ finish, refusal, stopSequence }) {
    if (stopSequence !== null) return ['stop_sequence'];
    if (refusal !== '') return ['refusal'];
    const words = {
      stop: 'end_turn',
      length: 'max_tokens',
      tool_calls: 'tool_use',
      content_filter: 'refusal',
    };
    return finish === 'error' ? [] : [words[finish]];
  },
  checkUsage(usage, want) {
    assert.ok(usage !== null, 'usage is missing');
    assert.deepEqual(
      {
        input_tokens: usage['input_tokens'],
        output_tokens: usage['output_tokens'],
        cache_read_input_tokens: usage['cache_read_input_tokens'] ?? 0,
        cache_creation_input_tokens: usage['cache_creation_input_tokens'] ?? 0,
      },
      {
        input_tokens: want.input - want.read - want.written,
        output_tokens: want.output,
        cache_read_input_tokens: want.read,
        cache_creation_input_tokens: want.written,
      },
    );
  },
  errorType(status, code) {
    const byStatus: Readonly<Record<number, string>> = {
      400: 'invalid_request_error',
      401: 'authentication_error',
      403: 'permission_error',
      404: 'not_found_error',
      413: 'request_too_large',
      429: 'rate_limit_error',
      502: 'api_error',
      503: 'overloaded_error',
      504: 'timeout_error',
      529: 'overloaded_error',
    };
    return code === 'stream_interrupted' ? null : (byStatus[status] ?? null);
  },
};

const responses: Front = {
  name: 'responses',
  path: '/v1/responses',
  api: 'responses',
  request: ({ model, stream, tools }) => ({
    model,
    input: question,
    store: false,
    ...(stream ? { stream } : undefined),
    ...(tools.length === 0
      ? undefined
      : { tools: tools.map((name) => ({ type: 'function', name, parameters: noArguments })) }),
  }),
  goOn(ask, turn, calls) {
    const results = calls.map(({ id }) => ({
      type: 'function_call_output',
      call_id: id,
      output: resultText,
    }));
    const next = calls.length === 0 ? [{ role: 'user', content: goOnText }] : results;
    const input = [{ role: 'user', content: question }, ...turn, ...next];
    return { ...responses.request(ask), input, include: ['reasoning.encrypted_content'] };
  },
  readWhole: readResponsesWhole,
  readStream: readResponsesStream,
  checkGrammar: (text) => checkResponsesGrammar(text),
  finish({ finish }) {
    if (finish === 'error') return ['failed'];
    return [finish === 'length' ? 'max_output_tokens' : finish === 'content_filter' ? finish : 'completed'];
  },
  checkUsage(usage, want) {
    assert.ok(usage !== null, 'usage is missing');
    const inDetails = (usage['input_tokens_details'] ?? {}) as JsonObject;
    const outDetails = (usage['output_tokens_details'] ?? {}) as JsonObject;
    assert.deepEqual(
      {
        input_tokens: usage['input_tokens'],
        output_tokens: usage['output_tokens'],
        total_tokens: usage['total_tokens'],
        cached_tokens: inDetails['cached_tokens'],
        cache_write_tokens: inDetails['cache_write_tokens'] ?? 0,
        reasoning_tokens: outDetails['reasoning_tokens'],
      },
      {
        input_tokens: want.input,
        output_tokens: want.output,
        total_tokens: want.input + want.output,
        cached_tokens: want.read,
        cache_write_tokens: want.written,
        reasoning_tokens: want.reasoning ?? outDetails['reasoning_tokens'] ?? 0,
      },
    );
  },
  errorType: openAiErrorType,
};

function openAiErrorType(status: number, code: string): string | null {
  if (code === 'insufficient_quota') return 'insufficient_quota';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

export const fronts: readonly Front[] = [chat, messages, responses];
