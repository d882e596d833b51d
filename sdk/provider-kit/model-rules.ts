import type { ModelTraits } from '../traits.ts';

/** Traits of the models whose names match: see `modelName`. */
export type ModelRule = readonly [RegExp, ModelTraits];

/**
 * A model's name as rules match it: lower case, without its maker or folder in front (`openai/gpt-5`,
 * `models/gemini-…`) and without `ft:`, since a fine-tuned model takes what its base takes.
 */
export function modelName(model: string): string {
  const name = model.toLowerCase().replace(/^ft:/, '');
  return name.slice(name.lastIndexOf('/') + 1);
}

/** What the rules say of a model: all that match count, the later ones win. */
export function traitsFor(rules: readonly ModelRule[], model: string): ModelTraits {
  const name = modelName(model);
  let traits: ModelTraits = {};
  for (const [pattern, more] of rules) if (pattern.test(name)) traits = { ...traits, ...more };
  return traits;
}
