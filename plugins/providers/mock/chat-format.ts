import type { MockAnswer, MockChoice, MockUsage } from './answer.ts';
import { piecesOf } from './tokens.ts';

/** Characters of tool arguments in one event. */
const argumentChars = 16;

function usageJson({ prompt, completion, reasoning }: MockUsage): object {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoning, audio_tokens: 0 },
  };
}

function toolCallsJson(choice: MockChoice): object[] {
  return choice.toolCalls.map(({ id, name, arguments: text }) => ({
    id,
    type: 'function',
    function: { name, arguments: text },
  }));
}

/** A whole chat completion. */
export function chatBody({ id, created, model, choices, usage }: MockAnswer): string {
  return JSON.stringify({
    id,
    object: 'chat.completion',
    created,
    model,
    choices: choices.map((choice, index) => ({
      index,
      message: {
        role: 'assistant',
        content: choice.text === '' && hidesText(choice) ? null : choice.text,
        refusal: choice.refusal === '' ? null : choice.refusal,
        ...(choice.reasoning === '' ? {} : { reasoning_content: choice.reasoning }),
        ...(choice.toolCalls.length === 0 ? {} : { tool_calls: toolCallsJson(choice) }),
      },
      logprobs: null,
      finish_reason: choice.finish,
    })),
    ...(usage === null ? {} : { usage: usageJson(usage) }),
    system_fingerprint: 'fp_mock',
  });
}

function hidesText(choice: MockChoice): boolean {
  return choice.toolCalls.length > 0 || choice.refusal !== '';
}

/** The payloads of a streamed chat completion, without the end marker. Choices take turns, as they do in life. */
export function chatEvents(answer: MockAnswer, includeUsage: boolean): string[] {
  const { id, created, model, choices, usage } = answer;
  const head = `{"id":${JSON.stringify(id)},"object":"chat.completion.chunk","created":${created},"model":${JSON.stringify(model)},"system_fingerprint":"fp_mock","choices":[`;
  // With include_usage every chunk has the field, null until the last.
  const tail = includeUsage ? '],"usage":null}' : ']}';
  const event = (index: number, delta: string, finish: string | null) =>
    `${head}{"index":${index},"delta":${delta},"logprobs":null,"finish_reason":${finish === null ? 'null' : `"${finish}"`}}${tail}`;

  const lanes = choices.map((choice, index) => {
    const deltas = deltasOf(choice).map((delta) => event(index, delta, null));
    return [...deltas, event(index, '{}', choice.finish)];
  });
  const events: string[] = [];
  const longest = Math.max(...lanes.map((lane) => lane.length));
  for (let turn = 0; turn < longest; turn += 1) {
    for (const lane of lanes) {
      if (turn < lane.length) events.push(lane[turn]!);
    }
  }
  if (includeUsage && usage !== null) events.push(`${head}],"usage":${JSON.stringify(usageJson(usage))}}`);
  return events;
}

function deltasOf(choice: MockChoice): string[] {
  const content = choice.toolCalls.length > 0 && choice.text === '' ? 'null' : '""';
  const deltas = [`{"role":"assistant","content":${content},"refusal":null}`];
  for (const piece of piecesOf(choice.reasoning))
    deltas.push(`{"reasoning_content":${JSON.stringify(piece)}}`);
  for (const piece of piecesOf(choice.text)) deltas.push(`{"content":${JSON.stringify(piece)}}`);
  for (const piece of piecesOf(choice.refusal)) deltas.push(`{"refusal":${JSON.stringify(piece)}}`);
  for (const [index, { id, name, arguments: text }] of choice.toolCalls.entries()) {
    deltas.push(
      JSON.stringify({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
    );
    for (let start = 0; start < text.length; start += argumentChars) {
      const piece = text.slice(start, start + argumentChars);
      deltas.push(JSON.stringify({ tool_calls: [{ index, function: { arguments: piece } }] }));
    }
  }
  return deltas;
}
