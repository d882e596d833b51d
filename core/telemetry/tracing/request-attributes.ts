import type { Attributes } from '@opentelemetry/api';
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
} from '@opentelemetry/semantic-conventions';
import type { Trace, TraceStep } from '../../../sdk/trace.ts';

/** Langfuse drops longer ones: https://langfuse.com/docs/observability/features/tags */
const maxTagChars = 200;
const maxTags = 32;

/**
 * What is told of a request. Tokens and costs are not here but on its calls of providers: who adds spans up must not count
 * them twice. Names of `langfuse.*` are those of https://langfuse.com/integrations/native/opentelemetry.
 */
export function requestAttributes(trace: Trace): Attributes {
  const { session, user, errorCode, costNanoUsd, source, model } = trace;
  const version = trace.tags['prompt_version'];
  return {
    [ATTR_HTTP_REQUEST_METHOD]: 'POST',
    [ATTR_HTTP_RESPONSE_STATUS_CODE]: trace.status,
    ...(errorCode === null ? undefined : { [ATTR_ERROR_TYPE]: errorCode }),
    'sluice.request_id': trace.requestId,
    'sluice.api': trace.api,
    'sluice.alias': trace.alias,
    'sluice.stream': trace.stream,
    'sluice.tenant': trace.tenant,
    'sluice.key': trace.key,
    ...(trace.feature === null ? undefined : { 'sluice.feature': trace.feature }),
    'sluice.outcome': trace.outcome,
    'sluice.fallback': trace.fallback,
    'sluice.attempts': trace.attempts.length,
    ...(source === null ? undefined : { 'sluice.source': source }),
    ...(model === null ? undefined : { 'sluice.model': model }),
    ...(costNanoUsd === null ? undefined : { 'sluice.cost_usd': costNanoUsd / 1e9 }),
    'sluice.overhead_ms': trace.overheadMs,
    'sluice.config_version': trace.configVersion,
    'sluice.policy_version': trace.policyVersion,
    ...who(session, user),
    'langfuse.observation.type': 'span',
    'langfuse.trace.name': `${trace.api} ${trace.alias}`,
    'langfuse.release': trace.policyVersion,
    ...(version === undefined ? undefined : { 'langfuse.version': version }),
    'langfuse.trace.tags': tagsOf(trace),
    ...metadataOf(trace.tags),
  };
}

/** The conversation and the user, by their names in OpenTelemetry. The user is a hash. */
export function who(session: string | null, user: string | null): Attributes {
  return {
    ...(session === null ? undefined : { 'session.id': session, 'gen_ai.conversation.id': session }),
    ...(user === null ? undefined : { 'user.id': user }),
  };
}

function tagsOf({ tenant, feature, alias, tags }: Trace): string[] {
  const named = Object.entries({ tenant, ...(feature === null ? undefined : { feature }), alias, ...tags });
  return named.slice(0, maxTags).map(([name, value]) => `${name}:${value}`.slice(0, maxTagChars));
}

function metadataOf(tags: Trace['tags']): Attributes {
  const metadata: Attributes = {};
  for (const [name, value] of Object.entries(tags).slice(0, maxTags)) {
    metadata[`langfuse.trace.metadata.${name}`] = value.slice(0, maxTagChars);
  }
  return metadata;
}

/** What is told of a step: never its reason or error, which policies write and may take from the request. */
export function stepAttributes(step: TraceStep): Attributes {
  const { attempt, rules = [] } = step;
  const matched = rules.filter((rule) => rule.matched).map(({ rule }) => rule);
  return {
    'sluice.step': step.name,
    'sluice.file': step.file,
    'sluice.hook': step.hook,
    'sluice.decision': step.decision,
    ...(attempt === undefined ? undefined : { 'sluice.attempt': attempt }),
    ...(step.shadow === true ? { 'sluice.shadow': true } : undefined),
    ...(matched.length === 0 ? undefined : { 'sluice.rules': matched.slice(0, maxTags) }),
  };
}
