import { isJsonObject } from '../../../sdk/json.ts';
import { answeringAttempt, type Trace } from '../../../sdk/trace.ts';
import { totalInputTokens } from '../../../sdk/usage.ts';

/** One request in a line of the traffic view: the decision record without what only its own page shows. */
export interface Summary {
  readonly request_id: string;
  /** Milliseconds since the epoch; ISO 8601 in JSON. */
  readonly atMs: number;
  readonly api: string;
  readonly stream: boolean;
  readonly alias: string;
  readonly model: string | null;
  readonly provider: string | null;
  readonly tenant: string;
  readonly key: string;
  readonly feature: string | null;
  readonly status: number;
  readonly outcome: Trace['outcome'];
  readonly error_code: string | null;
  /** What answered in place of a provider, such as `exact`; `miss` where a cache was asked; null where none was. */
  readonly cache: string | null;
  readonly fallback: Trace['fallback'];
  readonly attempts: number;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cost_nano_usd: number | null;
  readonly duration_ms: number;
  readonly overhead_ms: number;
  /** The step, and its rule where it has one, that refused. */
  readonly denied_by: string | null;
  /** It was sent from the playground, past a draft. */
  readonly draft: boolean;
}

/** Names come from clients: no line is longer than a screen. */
const maxNameChars = 200;

/** The summary of a record. Runs on every request: one flat object and no more. */
export function summaryOf(trace: Trace): Summary {
  const { attempts, usage } = trace;
  return {
    request_id: trace.requestId,
    atMs: trace.startedAtMs,
    api: trace.api,
    stream: trace.stream,
    alias: short(trace.alias),
    model: trace.model === null ? null : short(trace.model),
    provider: (attempts.length === 0 ? undefined : answeringAttempt(attempts))?.provider ?? null,
    tenant: short(trace.tenant),
    key: trace.key,
    feature: trace.feature,
    status: trace.status,
    outcome: trace.outcome,
    error_code: trace.errorCode,
    cache: trace.source ?? (asksCache(trace) ? 'miss' : null),
    fallback: trace.fallback,
    attempts: attempts.length,
    input_tokens: usage === null ? null : totalInputTokens(usage),
    output_tokens: usage === null ? null : usage.outputTokens,
    cost_nano_usd: trace.costNanoUsd,
    duration_ms: trace.durationMs,
    overhead_ms: trace.overheadMs,
    denied_by: trace.outcome === 'denied' ? deniedBy(trace) : null,
    draft: trace.tags['draft'] === 'true',
  };
}

/** A summary in the words of the interface. */
export function summaryJson({ atMs, ...rest }: Summary): object {
  const { request_id, ...others } = rest;
  return { request_id, at: new Date(atMs).toISOString(), ...others };
}

function short(name: string): string {
  return name.length > maxNameChars ? name.slice(0, maxNameChars) : name;
}

/** Whether a step that caches was asked and did not answer. */
export function asksCache({ steps }: Pick<Trace, 'steps'>): boolean {
  for (const { role, shadow, decision } of steps) {
    if (role === 'cache' && shadow !== true && decision !== 'unmatched') return true;
  }
  return false;
}

function deniedBy({ steps }: Trace): string | null {
  for (const { decision, shadow, name, details } of steps) {
    if (decision !== 'deny' || shadow === true) continue;
    const rule = details !== undefined && isJsonObject(details) ? details['rule'] : undefined;
    return typeof rule === 'string' ? `${name}/${rule}` : name;
  }
  // A step that could not decide and fails closed.
  return steps.findLast(({ decision }) => decision === 'error')?.name ?? null;
}
