import { type ModelRule, modelName } from '../../../sdk/provider-kit/model-rules.ts';
import type { ModelTraits } from '../../../sdk/traits.ts';

/**
 * What families of models take, by how their names begin. Models that are not here are asked to think with true or
 * false, which every thinking model takes. Ollama refuses `think: true` for a model that cannot: old families that
 * never will are listed, so that a client which always asks (Claude Code) can use them.
 */
const families: readonly ModelRule[] = [
  // Ignores true and false: it always thinks, a word says how much.
  [/^gpt-oss/, { reasoning: 'effort', efforts: ['low', 'medium', 'high'] }],
  [
    /^(llama[23]|codellama|tinyllama|llava|bakllava|mistral|mixtral|codestral|gemma(2|3n?)?([:-]|$)|codegemma|phi([:-]|$)|phi[34]([:-]|$)|qwen([:-]|$)|qwen2|codeqwen|command-r|deepseek-coder|starcoder|falcon[23]?([:-]|$)|vicuna|orca|yi([:-]|$)|smollm2?([:-]|$))/,
    { reasoning: 'none' },
  ],
];

const others: ModelTraits = {};

/** What a model takes, judged by its name: `gpt-oss:20b`, `library/qwen3`, `hf.co/someone/Qwen3-8B-GGUF`. */
export function traitsOf(model: string): ModelTraits {
  const name = modelName(model);
  // Distilled from a thinking model under the old model's name.
  if (/-r1|reason|think/.test(name)) return others;
  for (const [pattern, traits] of families) if (pattern.test(name)) return traits;
  return others;
}
