import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { Clock } from '../../../sdk/services.ts';
import type { Transport, UpstreamRequest } from '../../../sdk/transport.ts';
import { type AnswerLimits, answerChat, type MockAnswer } from './answer.ts';
import { chatBody, chatEvents } from './chat-format.ts';
import { readChatRequest } from './chat-request.ts';
import { answerCompletion, completionBody, completionEvents, promptsOf } from './completion.ts';
import { embeddingBody, readEmbeddingRequest } from './embedding.ts';
import { requestError } from './errors.ts';
import { hashHex } from './hash.ts';
import { MockCall } from './mock-call.ts';
import { parseModelName, scriptOf } from './model-name.ts';
import type { MockOptions } from './options.ts';
import { compileReplies } from './replies.ts';
import { type MockScript, plainScript } from './script.ts';
import { errorSteps, type MockStep, streamSteps, wholeSteps } from './steps.ts';

/** Names that are counted for `fail`; the oldest are forgotten, as names can come from clients. */
const maxCounted = 1000;
const maxChoices = 128;

/** A request that was read as far as every API has it. */
interface Asked {
  readonly body: JsonObject;
  readonly model: string;
  readonly script: MockScript;
  /** Of the request's text: what makes answers the same for the same request. */
  readonly seed: string;
}

/**
 * The mock as a transport: answers in process, with the bytes that a server with OpenAI's API would send. The same
 * request always gets the same answer; only `fail` remembers anything. All waiting goes through the clock.
 *
 * @throws Error for a canned reply whose pattern is none.
 */
export function createMockTransport(options: MockOptions, clock: Clock): Transport {
  const findReply = compileReplies(options.replies ?? []);
  const scenarios = new Map(
    Object.entries(options.scenarios ?? {}).map(([name, scenario]) => [name, scriptOf(scenario)] as const),
  );
  const calls = new Map<string, number>();

  /** Without its fault once the model has failed as often as it should. */
  function counted(model: string, script: MockScript): MockScript {
    if (script.failTimes === null) return script;
    if (!calls.has(model) && calls.size >= maxCounted) calls.delete(calls.keys().next().value!);
    const count = (calls.get(model) ?? 0) + 1;
    calls.set(model, count);
    return count > script.failTimes ? { ...script, fault: null } : script;
  }

  function stepsFor(request: UpstreamRequest): readonly MockStep[] {
    const text = request.body.toString();
    const seed = hashHex(text);
    const refuse = (message: string, param?: string) =>
      errorSteps(requestError(message, param), plainScript, seed);
    const body = parse(text);
    if (body === null) return refuse('The body must be a JSON object.');
    const model = typeof body['model'] === 'string' ? body['model'] : 'gpt';
    const parsed = parseModelName(model, scenarios);
    if ('message' in parsed) return refuse(parsed.message, 'model');
    const asked = { body, model, script: counted(model, parsed.script), seed };
    const path = request.path.split('?', 1)[0]!;
    if (path.endsWith('/chat/completions'))
      return chat(asked) ?? refuse('"messages" must be a list of messages.', 'messages');
    if (path.endsWith('/completions'))
      return completion(asked) ?? refuse('"prompt" must be a text or a list.', 'prompt');
    return embeddings(asked, refuse);
  }

  function chat(asked: Asked): readonly MockStep[] | null {
    const { body, script, seed } = asked;
    const request = readChatRequest(body);
    if (request === null) return null;
    const answer = answerOf(asked, 'chatcmpl', answerChat(request, script, findReply, limitsOf(body), seed));
    if (body['stream'] !== true) return wholeSteps(chatBody(answer), script, seed);
    return streamSteps(chatEvents(answer, wantsUsage(body)), script, seed);
  }

  function completion(asked: Asked): readonly MockStep[] | null {
    const { body, script, seed } = asked;
    const prompts = promptsOf(body);
    if (prompts === null) return null;
    const said = answerCompletion(prompts, body['echo'] === true, script, findReply, limitsOf(body));
    const answer = answerOf(asked, 'cmpl', said);
    if (body['stream'] !== true) return wholeSteps(completionBody(answer), script, seed);
    return streamSteps(completionEvents(answer, wantsUsage(body)), script, seed);
  }

  function embeddings(asked: Asked, refuse: (message: string) => MockStep[]): readonly MockStep[] {
    const { body, model, script, seed } = asked;
    const request = readEmbeddingRequest(body);
    if (typeof request === 'string') return refuse(request);
    return wholeSteps(embeddingBody(request, model, script.usage), script, seed);
  }

  function answerOf(asked: Asked, prefix: string, said: Pick<MockAnswer, 'choices' | 'usage'>): MockAnswer {
    return {
      id: `${prefix}-${asked.seed}`,
      created: Math.floor(clock.now() / 1000),
      model: asked.model,
      choices: said.choices,
      usage: asked.script.usage ? said.usage : null,
    };
  }

  return {
    send(request, limits, handler) {
      const steps = stepsFor(request);
      const call = new MockCall(steps, limits, handler, clock);
      // A caller has its call in hand before it is answered, as with any real transport; waiting begins at once.
      if (steps[0]!.type === 'wait') call.play();
      else queueMicrotask(() => call.play());
      return call;
    },
  };
}

function parse(text: string): JsonObject | null {
  try {
    const body = JSON.parse(text) as Json;
    return isJsonObject(body) ? body : null;
  } catch {
    return null;
  }
}

function wantsUsage(body: JsonObject): boolean {
  const options = body['stream_options'];
  return isJsonObject(options) && options['include_usage'] === true;
}

function limitsOf(body: JsonObject): AnswerLimits {
  const { n, stop, max_tokens: old } = body as Record<string, Json | undefined>;
  const limit = body['max_completion_tokens'] ?? old;
  return {
    count: typeof n === 'number' && Number.isInteger(n) && n > 0 ? Math.min(n, maxChoices) : 1,
    maxTokens: typeof limit === 'number' && limit >= 0 ? Math.floor(limit) : null,
    stops:
      typeof stop === 'string'
        ? [stop]
        : Array.isArray(stop)
          ? stop.filter((item) => typeof item === 'string')
          : [],
  };
}
