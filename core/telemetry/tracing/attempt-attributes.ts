import type { Attributes } from '@opentelemetry/api';
import { ATTR_ERROR_TYPE, ATTR_HTTP_RESPONSE_STATUS_CODE } from '@opentelemetry/semantic-conventions';
import type { Target } from '../../../sdk/target.ts';
import type { Trace, TraceAttempt } from '../../../sdk/trace.ts';
import { totalInputTokens, type Usage } from '../../../sdk/usage.ts';
import type { SpanContent } from '../capture/captured.ts';
import { providerName } from './provider-name.ts';
import { who } from './request-attributes.ts';

/** Which call it is. */
export interface AttemptPlace {
  readonly trace: Trace;
  /** Undefined where the configuration no longer has it. */
  readonly target: Target | undefined;
  /** What a plugin asked for; null for the request itself. */
  readonly purpose: string | null;
  /** The client got this call's answer. */
  readonly answering: boolean;
  /** What it may hold of prompt and answer: `telemetry.capture`. */
  readonly content?: SpanContent | undefined;
}

/** `gen_ai.operation.name` by the API that the client called. */
const operations: Readonly<Record<string, string>> = {
  completions: 'text_completion',
  embeddings: 'embeddings',
};

/**
 * What is told of a call of a provider, by the GenAI conventions of OpenTelemetry and, where these have no name for it, by
 * Langfuse's: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/. Of prompts and answers what `telemetry.capture` allows.
 */
export function attemptAttributes(attempt: TraceAttempt, place: AttemptPlace): Attributes {
  const { trace, target, purpose, answering, content } = place;
  const { usage, failure, status, firstByteMs, upstreamRequestId, providerKey, serviceTier } = attempt;
  const model = target?.model ?? attempt.target.slice(attempt.target.indexOf('/') + 1);
  const operation = purpose === null ? (operations[trace.api] ?? 'chat') : 'chat';
  const answeredBy = answering && trace.model !== null ? trace.model : null;
  return {
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': providerName(target, attempt.provider),
    'gen_ai.request.model': model,
    ...(answeredBy === null ? undefined : { 'gen_ai.response.model': answeredBy }),
    ...(purpose === null ? { 'gen_ai.request.stream': trace.stream } : { 'sluice.purpose': purpose }),
    ...(firstByteMs === null ? undefined : { 'gen_ai.response.time_to_first_chunk': firstByteMs / 1000 }),
    ...(usage === null ? undefined : usageAttributes(usage)),
    ...(status === null ? undefined : { [ATTR_HTTP_RESPONSE_STATUS_CODE]: status }),
    ...(failure === null ? undefined : { [ATTR_ERROR_TYPE]: failure }),
    ...who(trace.session, trace.user),
    'sluice.target': attempt.target,
    'sluice.provider': attempt.provider,
    'sluice.attempt': attempt.number,
    'sluice.hedge': attempt.hedge,
    ...(providerKey === null ? undefined : { 'sluice.provider_key': providerKey }),
    ...(serviceTier === null ? undefined : { 'sluice.service_tier': serviceTier }),
    ...(upstreamRequestId === null ? undefined : { 'sluice.upstream_request_id': upstreamRequestId }),
    ...langfuse(attempt, answeredBy ?? model, operation, trace),
    ...(content === undefined ? undefined : contentAttributes(content)),
  };
}

/** As JSON: attributes of spans are no structures here. */
export function contentAttributes({ input, system, output }: SpanContent): Attributes {
  return {
    ...(input === null ? undefined : { 'gen_ai.input.messages': input }),
    ...(system === null ? undefined : { 'gen_ai.system_instructions': system }),
    ...(output === null ? undefined : { 'gen_ai.output.messages': output }),
  };
}

/** The conventions count cached tokens among the input; Langfuse wants classes that add up. */
function usageAttributes(usage: Usage): Attributes {
  return {
    'gen_ai.usage.input_tokens': totalInputTokens(usage),
    'gen_ai.usage.output_tokens': usage.outputTokens,
    'gen_ai.usage.cache_read.input_tokens': usage.cacheReadTokens,
    'gen_ai.usage.cache_creation.input_tokens': usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    'gen_ai.usage.reasoning.output_tokens': usage.reasoningTokens,
    ...(usage.estimated ? { 'sluice.usage.estimated': true } : undefined),
    'langfuse.observation.usage_details': JSON.stringify({
      input: usage.inputTokens,
      input_cached_tokens: usage.cacheReadTokens,
      input_cache_creation: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
      output: usage.outputTokens,
    }),
  };
}

function langfuse(
  { costNanoUsd, failure, firstByteMs, startedMs }: TraceAttempt,
  model: string,
  operation: string,
  { startedAtMs, tags }: Trace,
): Attributes {
  return {
    'langfuse.observation.type': operation === 'embeddings' ? 'embedding' : 'generation',
    'langfuse.observation.model.name': model,
    ...(costNanoUsd === null
      ? undefined
      : { 'langfuse.observation.cost_details': JSON.stringify({ total: costNanoUsd / 1e9 }) }),
    ...(firstByteMs === null
      ? undefined
      : { 'langfuse.observation.completion_start_time': isoTime(startedAtMs + startedMs + firstByteMs) }),
    ...(failure === null
      ? undefined
      : { 'langfuse.observation.level': 'ERROR', 'langfuse.observation.status_message': failure }),
    ...promptOf(tags['prompt_version']),
  };
}

/** As JSON, quotes included: so Langfuse's own SDK sends it. */
function isoTime(ms: number): string {
  return JSON.stringify(new Date(ms));
}

/** Langfuse links a prompt by its name and a version that is a number, here `name@3`. */
function promptOf(version: string | undefined): Attributes {
  const at = version?.lastIndexOf('@') ?? -1;
  if (version === undefined || at < 1) return {};
  const number = Number(version.slice(at + 1).replace(/^v/, ''));
  const name = version.slice(0, at);
  if (!Number.isSafeInteger(number) || number < 1) return { 'gen_ai.prompt.name': name };
  return {
    'gen_ai.prompt.name': name,
    'langfuse.observation.prompt.name': name,
    'langfuse.observation.prompt.version': number,
  };
}
