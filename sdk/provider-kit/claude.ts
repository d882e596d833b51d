import type { ModelTraits } from '../traits.ts';

/**
 * Claude models by generation, the newest first. `from` is the lowest version, major and minor, that a row holds for; `names` narrows a
 * row to what else is in the model's name.
 *
 * Output limits, samplings, efforts, JSON by schema and instructions in the middle: capability flags of
 * BerriAI/litellm's `model_prices_and_context_window.json` of 2026-07-24, entries of `anthropic` and `bedrock`; efforts
 * besides platform.claude.com/docs/en/build-with-claude/effort. Where the two providers differ, the careful value: one
 * row serves both.
 */
const generations: readonly { from: readonly [number, number]; names?: RegExp; traits: ModelTraits }[] = [
  {
    // Always think: `thinking: {type: disabled}` is a 400 (platform.claude.com, migration guide of Fable 5).
    from: [4, 7],
    names: /fable|mythos/,
    traits: {
      maxOutputTokens: 128_000,
      reasoning: 'adaptive',
      efforts: ['low', 'medium', 'high', 'xhigh', 'max'],
      sampling: false,
      temperatureWithTopP: false,
      structuredOutput: 'native',
      toolChoiceNone: true,
      midSystem: true,
    },
  },
  {
    from: [4, 8],
    traits: {
      maxOutputTokens: 128_000,
      reasoning: 'adaptive',
      efforts: ['none', 'low', 'medium', 'high', 'xhigh', 'max'],
      sampling: false,
      temperatureWithTopP: false,
      structuredOutput: 'native',
      toolChoiceNone: true,
      midSystem: true,
    },
  },
  {
    from: [4, 7],
    traits: {
      maxOutputTokens: 128_000,
      reasoning: 'adaptive',
      efforts: ['none', 'low', 'medium', 'high', 'xhigh', 'max'],
      sampling: false,
      temperatureWithTopP: false,
      structuredOutput: 'native',
      toolChoiceNone: true,
      midSystem: false,
    },
  },
  {
    from: [4, 6],
    names: /opus/,
    traits: {
      maxOutputTokens: 128_000,
      reasoning: 'adaptive',
      efforts: ['none', 'low', 'medium', 'high', 'max'],
      temperatureWithTopP: false,
      structuredOutput: 'native',
      toolChoiceNone: true,
      midSystem: false,
    },
  },
  {
    from: [4, 6],
    traits: {
      maxOutputTokens: 64_000,
      reasoning: 'adaptive',
      efforts: ['none', 'low', 'medium', 'high', 'max'],
      temperatureWithTopP: false,
      structuredOutput: 'native',
      toolChoiceNone: true,
      midSystem: false,
    },
  },
  {
    from: [4, 5],
    traits: {
      maxOutputTokens: 64_000,
      reasoning: 'budget',
      // temperature and top_p together are a 400 since Opus 4.1 (BerriAI/litellm#15097, vercel/ai#11458).
      temperatureWithTopP: false,
      structuredOutput: 'native',
      toolChoiceNone: true,
      midSystem: false,
    },
  },
  {
    // JSON by schema is a beta on Anthropic and absent from Bedrock here: a forced tool works on both.
    from: [4, 1],
    traits: {
      maxOutputTokens: 32_000,
      reasoning: 'budget',
      temperatureWithTopP: false,
      structuredOutput: 'tool',
      toolChoiceNone: true,
      midSystem: false,
    },
  },
  {
    from: [4, 0],
    names: /opus/,
    traits: {
      maxOutputTokens: 32_000,
      reasoning: 'budget',
      structuredOutput: 'tool',
      toolChoiceNone: true,
      midSystem: false,
    },
  },
  {
    from: [3, 7],
    traits: {
      maxOutputTokens: 64_000,
      reasoning: 'budget',
      structuredOutput: 'tool',
      toolChoiceNone: true,
      midSystem: false,
    },
  },
  {
    // The first 3.5 is limited to 4096 on Bedrock.
    from: [3, 5],
    names: /haiku|20241022|latest/,
    traits: {
      maxOutputTokens: 8192,
      reasoning: 'none',
      structuredOutput: 'tool',
      toolChoiceNone: false,
      midSystem: false,
    },
  },
  {
    from: [0, 0],
    traits: {
      maxOutputTokens: 4096,
      reasoning: 'none',
      structuredOutput: 'tool',
      toolChoiceNone: false,
      midSystem: false,
    },
  },
];

/** `4-5`, `4.5`, `4`, and no date: `claude-opus-4-20250514` is 4. */
const version = /(?<!\d)(\d{1,2})(?:[-.](\d{1,2})(?![\da-z]))?(?![\da-z])/;

/** True for a Claude model, however its provider spells it: `us.anthropic.claude-…`, `anthropic/claude-…`. */
export function isClaude(model: string): boolean {
  return /claude/i.test(model);
}

/**
 * What a Claude model takes, by its name in any provider's spelling. A name without a version counts as the newest
 * generation, one of a version in between as the generation before it.
 */
export function claudeTraits(model: string): ModelTraits {
  const name = model.toLowerCase();
  // What stands before may hold numbers of its own: regions, account ids.
  const own = name.slice(Math.max(0, name.indexOf('claude')));
  const match = version.exec(own.replace(/^claude-(?:instant-)?v/, 'claude-'));
  const number = match === null ? Infinity : Number(match[1]) * 100 + Number(match[2] ?? 0);
  const row = generations.find(
    ({ from, names }) => number >= from[0] * 100 + from[1] && (names === undefined || names.test(own)),
  );
  return row!.traits;
}
