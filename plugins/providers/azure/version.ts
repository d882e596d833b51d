import type { ModelTraits } from '../../../sdk/traits.ts';

/**
 * What came with which API version: before it the field is a 400 "Unrecognized request argument". From Microsoft's
 * "Azure OpenAI API preview lifecycle"; stream_options besides: openai/openai-python#1469; max_completion_tokens:
 * openai/openai-python#1724. Effort came with o1 in December 2024 (its "reasoning" how-to); most models that reason are
 * not there at all before (Azure-Samples/azure-search-openai-demo#2496).
 */
const since: readonly (readonly [string, ModelTraits])[] = [
  ['2024-12-01', { reasoning: 'none' }],
  ['2024-09-01', { limitField: 'max_tokens', streamUsage: false, refuses: ['parallel_tool_calls'] }],
  ['2024-08-01', { structuredOutput: 'json' }],
];

/** True for a version of that day or later, preview or not; the v1 API ('', `preview`, `latest`) is later than any. */
export function isSince(apiVersion: string, day: string): boolean {
  return !/^\d{4}-\d\d-\d\d/.test(apiVersion) || apiVersion.slice(0, 10) >= day;
}

/** What a version takes from its models: merged over what the models take. */
export function versionTraits(apiVersion: string): ModelTraits {
  let lacks: ModelTraits = {};
  for (const [day, traits] of since) if (!isSince(apiVersion, day)) lacks = { ...lacks, ...traits };
  return lacks;
}
