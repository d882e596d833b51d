import type { Answer, AnswerDecision, JsonObject, ResponseContext } from '../../sdk/index.ts';
import { factsOf } from './filters.ts';
import type { FilterRunner, FilterState } from './runner.ts';

/** Passes a finished answer through the filters for answers, each choice for itself. */
export async function filterAnswer(
  runner: FilterRunner,
  ctx: ResponseContext,
  state: FilterState,
  { choices }: Answer,
): Promise<AnswerDecision | undefined> {
  await runner.conditions(ctx, state);
  const filters = runner.applying('answer', state);
  if (filters.length === 0) return undefined;
  const facts = factsOf(ctx);
  const texts = choices.map(({ text }) => text);
  const tags: Record<string, string> = {};
  for (const filter of filters) {
    const inputs = choices.map((choice, index): JsonObject => {
      if (texts[index]!.length > runner.maxInputChars) {
        throw new Error(
          `filter ${filter.name}: the answer has more than ${runner.maxInputChars} characters (max_input_chars)`,
        );
      }
      const { finish, refusal, reasoning, toolCalls } = choice;
      return {
        text: texts[index]!,
        choice: index,
        finish: finish ?? undefined,
        refusal,
        reasoning,
        tool_calls: toolCalls.map(({ name, arguments: json }) => ({ name, arguments: json })),
      };
    });
    for (const [index, filtered] of (await runner.run(filter, facts, inputs)).entries()) {
      Object.assign(tags, filtered.tags);
      if (filtered.block !== undefined) {
        return {
          type: 'deny',
          code: filtered.code ?? 'policy_denied',
          message:
            filtered.block === ''
              ? `The filter ${filter.name} does not let this answer out.`
              : filtered.block,
          reason: `blocked by ${filter.name}`,
          tags: { ...tags, output_blocked: filter.name },
        };
      }
      if (filtered.text !== undefined) texts[index] = filtered.text;
    }
  }
  const changed = choices.flatMap(({ text }, index) =>
    text === texts[index] ? [] : [[index, texts[index]!]],
  );
  if (changed.length === 0 && Object.keys(tags).length === 0) return undefined;
  return {
    type: 'continue',
    ...(changed.length > 0 ? { texts: Object.fromEntries(changed) as Record<number, string> } : undefined),
    tags,
  };
}
