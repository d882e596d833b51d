import { claudeTraits } from '../../../sdk/provider-kit/claude.ts';
import { vendorOf } from '../../../sdk/provider-kit/vendor.ts';
import type { ModelTraits } from '../../../sdk/traits.ts';

/**
 * Models of other makers behind Anthropic's API (DeepSeek, Kimi, GLM, …): only what every such server has been seen to
 * take. Their output limits differ; 8192 tokens is what the smallest allow.
 */
const others: ModelTraits = {
  maxOutputTokens: 8192,
  reasoning: 'budget',
  structuredOutput: 'tool',
  toolChoiceNone: false,
  midSystem: false,
};

/** Who makes a model of a server with Anthropic's API: Anthropic, unless its name says otherwise. */
export function makerOf(model: string): string {
  return vendorOf(model) || 'anthropic';
}

/** What a model of such a server takes. */
export function modelTraits(model: string): ModelTraits {
  return makerOf(model) === 'anthropic' ? claudeTraits(model) : others;
}
