import type { Json, JsonObject } from '../../../sdk/json.ts';
import { type AnswerLimits, limited, type MockAnswer, type MockChoice, usageOf } from './answer.ts';
import type { FindReply } from './replies.ts';
import type { MockScript } from './script.ts';
import { fillerText, piecesOf, tokensOf } from './tokens.ts';

/** The prompts of a legacy completion request: texts, or lists of tokens. Null where there are none. */
export function promptsOf(body: JsonObject): readonly string[] | null {
  const { prompt } = body as Record<string, Json | undefined>;
  if (typeof prompt === 'string') return [prompt];
  if (!Array.isArray(prompt) || prompt.length === 0) return null;
  const list = prompt as readonly Json[];
  if (list.every((item) => typeof item === 'number')) return [tokenText(list)];
  return list.map((item) =>
    typeof item === 'string' ? item : Array.isArray(item) ? tokenText(item as readonly Json[]) : '',
  );
}

function tokenText(tokens: readonly Json[]): string {
  return `${tokens.length} tokens`;
}

/** Choices for each prompt in turn, and what they cost. */
export function answerCompletion(
  prompts: readonly string[],
  echo: boolean,
  script: MockScript,
  findReply: FindReply,
  limits: AnswerLimits,
): Pick<MockAnswer, 'choices' | 'usage'> {
  const choices = prompts.flatMap((prompt) => {
    const told = script.say ?? (script.tokens === null ? findReply(prompt) : fillerText(script.tokens));
    return Array.from({ length: limits.count }, (_, index): MockChoice => {
      const text = told ?? `Mock answer${index === 0 ? '' : ` ${index + 1}`} to: ${prompt}`;
      const choice = limited({ text, reasoning: '', refusal: '', toolCalls: [], finish: 'stop' }, limits);
      return echo ? { ...choice, text: prompt + choice.text } : choice;
    });
  });
  const chars = prompts.reduce((sum, prompt) => sum + prompt.length, 0);
  return { choices, usage: usageOf(tokensOf(chars), choices) };
}

function usageJson({ usage }: MockAnswer): object {
  if (usage === null) return {};
  const { prompt, completion } = usage;
  return {
    usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
  };
}

/** A whole legacy completion. */
export function completionBody(answer: MockAnswer): string {
  const { id, created, model, choices } = answer;
  return JSON.stringify({
    id,
    object: 'text_completion',
    created,
    model,
    choices: choices.map(({ text, finish }, index) => ({
      text,
      index,
      logprobs: null,
      finish_reason: finish,
    })),
    ...usageJson(answer),
  });
}

/** The payloads of a streamed legacy completion, without the end marker. */
export function completionEvents(answer: MockAnswer, includeUsage: boolean): string[] {
  const { id, created, model, choices } = answer;
  const head = { id, object: 'text_completion', created, model };
  const pending = includeUsage ? { usage: null } : {};
  const events = choices.flatMap(({ text, finish }, index) => {
    const event = (piece: string, reason: string | null) =>
      JSON.stringify({
        ...head,
        choices: [{ text: piece, index, logprobs: null, finish_reason: reason }],
        ...pending,
      });
    return [...piecesOf(text).map((piece) => event(piece, null)), event('', finish)];
  });
  if (includeUsage && answer.usage !== null)
    events.push(JSON.stringify({ ...head, choices: [], ...usageJson(answer) }));
  return events;
}
