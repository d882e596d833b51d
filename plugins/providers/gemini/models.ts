import type { Effort } from '../../../sdk/conversation.ts';

/** How a model is told how much to think. */
export type Thinking =
  | { readonly kind: 'none' }
  /** A number of tokens. */
  | { readonly kind: 'budget'; readonly min: number; readonly max: number; readonly canBeOff: boolean }
  /** A word. There is no word for "not at all". */
  | { readonly kind: 'level'; readonly levels: readonly Effort[] };

/** What one generation of Gemini models takes. */
export interface GeminiModel {
  /** Tools and output take JSON schema as it is; older models take a part of OpenAPI's. */
  readonly jsonSchema: boolean;
  /** JSON output may be asked for together with tools. */
  readonly jsonWithTools: boolean;
  /** Calls and their results carry ids. Older models may refuse a request that has some. */
  readonly callIds: boolean;
  /** A call in the history without its signature is a 400. */
  readonly signedCalls: boolean;
  /** A tool may answer with images and documents. */
  readonly mediaInResults: boolean;
  /** Images and documents may be anywhere on the web. */
  readonly urls: boolean;
  readonly thinking: Thinking;
}

interface Row {
  /** Lowest version, major × 100 + minor. */
  readonly from: number;
  /** Narrows the row to what else is in the name. */
  readonly names?: RegExp;
  readonly thinking: Thinking;
}

const none: Thinking = { kind: 'none' };
const minimalToHigh: Thinking = { kind: 'level', levels: ['minimal', 'low', 'medium', 'high'] };
const lowToHigh: Thinking = { kind: 'level', levels: ['low', 'medium', 'high'] };

/**
 * The newest first, the narrower before the wider. Levels and budgets:
 * docs.cloud.google.com/gemini-enterprise-agent-platform/models/thinking and ai.google.dev/gemini-api/docs/thinking.
 */
const rows: readonly Row[] = [
  { from: 300, names: /pro-image/, thinking: { kind: 'level', levels: ['high'] } },
  { from: 300, names: /image/, thinking: { kind: 'level', levels: ['minimal', 'high'] } },
  { from: 200, names: /image|tts/, thinking: none },
  { from: 301, names: /pro/, thinking: lowToHigh },
  { from: 300, names: /pro/, thinking: { kind: 'level', levels: ['low', 'high'] } },
  { from: 300, names: /flash-lite/, thinking: minimalToHigh },
  { from: 307, thinking: lowToHigh },
  { from: 300, thinking: minimalToHigh },
  { from: 205, names: /flash-lite/, thinking: { kind: 'budget', min: 512, max: 24_576, canBeOff: true } },
  { from: 205, names: /pro/, thinking: { kind: 'budget', min: 128, max: 32_768, canBeOff: false } },
  { from: 205, thinking: { kind: 'budget', min: 1, max: 24_576, canBeOff: true } },
  { from: 0, thinking: none },
];

/** Names that say their generation in another way than `gemini-2.5-…`. */
const named: readonly (readonly [RegExp, number])[] = [
  [/^gemini-(pro|ultra)(-vision)?$/, 100],
  [/^(gemini-exp-|learnlm-|gemma-)/, 200],
  [/^gemini-robotics-er-1/, 205],
];

/** A name without a version (`gemini-flash-latest`, a tuned model) counts as the newest generation. */
const newest = 9999;

const known = new Map<string, GeminiModel>();

/** What a model takes, judged by its name. */
export function geminiModel(name: string): GeminiModel {
  let model = known.get(name);
  if (model === undefined) {
    model = describe(name.toLowerCase().replace(/^.*\//, ''));
    // Names come from clients where the configuration lets any model through.
    if (known.size < 1000) known.set(name, model);
  }
  return model;
}

function describe(name: string): GeminiModel {
  const version = versionOf(name);
  const row = rows.find(({ from, names }) => version >= from && (names === undefined || names.test(name)))!;
  return {
    jsonSchema: version >= 200,
    jsonWithTools: version >= 300,
    callIds: version >= 300,
    signedCalls: version >= 300,
    mediaInResults: version >= 300,
    urls: version >= 205,
    thinking: row.thinking,
  };
}

function versionOf(name: string): number {
  const match = /^gemini-(\d)(?:\.(\d{1,2}))?(?![\d.])/.exec(name);
  if (match !== null) return Number(match[1]) * 100 + Number(match[2] ?? 0);
  return named.find(([pattern]) => pattern.test(name))?.[1] ?? newest;
}
