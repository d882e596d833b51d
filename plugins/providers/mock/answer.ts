import type { ChatRequest } from './chat-request.ts';
import { hintsOf } from './hints.ts';
import type { FindReply } from './replies.ts';
import { sampleOf } from './sample.ts';
import type { MockScript } from './script.ts';
import { fillerText, takeTokens, tokensOf, tokensPerImage } from './tokens.ts';
import { chooseToolCalls, type MockToolCall } from './tool-choice.ts';

/** One choice of an answer, before it is written in any format. */
export interface MockChoice {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly toolCalls: readonly MockToolCall[];
  readonly finish: 'stop' | 'length' | 'tool_calls';
}

/** Tokens by the mock's own measure. */
export interface MockUsage {
  readonly prompt: number;
  readonly completion: number;
  readonly reasoning: number;
}

/** A finished answer. */
export interface MockAnswer {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly model: string;
  readonly choices: readonly MockChoice[];
  /** Null where the script leaves it out. */
  readonly usage: MockUsage | null;
}

/** What bounds every choice. */
export interface AnswerLimits {
  readonly count: number;
  readonly maxTokens: number | null;
  readonly stops: readonly string[];
}

/** Chooses what to say to a conversation. The same request always gets the same answer. */
export function answerChat(
  request: ChatRequest,
  script: MockScript,
  findReply: FindReply,
  limits: AnswerLimits,
  seed: string,
): { readonly choices: MockChoice[]; readonly usage: MockUsage } {
  const told =
    script.say ?? (script.tokens === null ? findReply(request.lastUser) : fillerText(script.tokens));
  // What was scripted is said; a request that insists on a call gets its call all the same.
  const insists = request.toolChoice.mode === 'required' || request.toolChoice.mode === 'named';
  const scripted = told !== undefined || script.refuse;
  const toolCalls = scripted && !insists ? [] : chooseToolCalls(request, seed);
  const reasoning = script.think ? `Thinking about: ${request.lastUser || 'nothing'}` : '';
  const refusal = script.refuse && toolCalls.length === 0 ? 'The mock was told to refuse this.' : '';

  const choices = Array.from({ length: limits.count }, (_, index) => {
    const silent = refusal !== '' || toolCalls.length > 0;
    const text = silent ? '' : (told ?? textFor(request, index));
    return limited({ text, reasoning, refusal, toolCalls, finish: 'stop' }, limits);
  });
  return {
    choices,
    usage: usageOf(tokensOf(request.inputChars) + request.images * tokensPerImage, choices),
  };
}

/** What was used for some choices. */
export function usageOf(prompt: number, choices: readonly MockChoice[]): MockUsage {
  let completion = 0;
  let reasoning = 0;
  for (const choice of choices) {
    const calls = choice.toolCalls.reduce((sum, call) => sum + call.name.length + call.arguments.length, 0);
    const thought = tokensOf(choice.reasoning.length);
    completion += thought + tokensOf(choice.text.length + choice.refusal.length + calls);
    reasoning += thought;
  }
  return { prompt, completion, reasoning };
}

function textFor({ lastUser, toolResults, jsonSchema, images }: ChatRequest, index: number): string {
  const which = index === 0 ? '' : ` ${index + 1}`;
  const pictures = images === 0 ? '' : ` (${images} ${images === 1 ? 'image' : 'images'})`;
  const answer =
    toolResults.length > 0
      ? `The tool said${which}: ${toolResults.join('; ')}`
      : lastUser === ''
        ? `Mock answer${which}${pictures}.`
        : `Mock answer${which} to: ${lastUser}${pictures}`;
  if (jsonSchema === null) return answer;
  return JSON.stringify(
    Object.keys(jsonSchema).length === 0 ? { answer } : sampleOf(jsonSchema, hintsOf(lastUser)),
  );
}

/** The choice as the request's limits allow it: cut at a stop sequence, then at the token limit. */
export function limited(choice: MockChoice, { maxTokens, stops }: AnswerLimits): MockChoice {
  const text = stops.reduce((kept, stop) => {
    const at = stop === '' ? -1 : kept.indexOf(stop);
    return at < 0 ? kept : kept.slice(0, at);
  }, choice.text);
  const finish = choice.toolCalls.length > 0 ? 'tool_calls' : 'stop';
  if (maxTokens === null) return { ...choice, text, finish };
  let left = maxTokens;
  let cut = false;
  const take = (whole: string) => {
    const kept = takeTokens(whole, left);
    left -= tokensOf(kept.length);
    if (kept.length < whole.length) cut = true;
    return kept;
  };
  const reasoning = take(choice.reasoning);
  const shown = take(text);
  const refusal = take(choice.refusal);
  const toolCalls: MockToolCall[] = [];
  for (const call of choice.toolCalls) {
    left -= tokensOf(call.name.length);
    if (left <= 0) {
      cut = true;
      break;
    }
    toolCalls.push({ ...call, arguments: take(call.arguments) });
  }
  return { text: shown, reasoning, refusal, toolCalls, finish: cut ? 'length' : finish };
}
