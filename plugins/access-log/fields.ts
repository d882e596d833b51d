import { type Trace, totalInputTokens } from '../../sdk/index.ts';

/** A value of a log line. */
export type FieldValue = string | number | boolean | null;

/**
 * Every field that a line can have, in the order of the line, and where its value comes from. Everything is read from
 * the trace: it holds no prompt, no answer and no key, so neither can a line.
 */
export const fields = {
  request_id: (trace) => trace.requestId,
  trace_id: (trace) => trace.traceId,
  tenant: (trace) => trace.tenant,
  key: (trace) => trace.key,
  api: (trace) => trace.api,
  stream: (trace) => trace.stream,
  alias: (trace) => trace.alias,
  target: (trace) => trace.attempts.at(-1)?.target ?? null,
  model: (trace) => trace.model,
  status: (trace) => trace.status,
  outcome: (trace) => trace.outcome,
  error_code: (trace) => trace.errorCode,
  attempts: (trace) => trace.attempts.length,
  duration_ms: (trace) => trace.durationMs,
  overhead_ms: (trace) => trace.overheadMs,
  first_byte_ms: firstByteMs,
  input_tokens: (trace) => (trace.usage === null ? null : totalInputTokens(trace.usage)),
  output_tokens: (trace) => trace.usage?.outputTokens ?? null,
  tokens_estimated: (trace) => trace.usage?.estimated ?? null,
  policy_version: (trace) => trace.policyVersion,
} as const satisfies Record<string, (trace: Trace) => FieldValue>;

export type FieldName = keyof typeof fields;

export const fieldNames = Object.keys(fields) as readonly FieldName[];

/** From the arrival of the request, so that attempts which failed before count as waiting. */
function firstByteMs({ attempts }: Trace): number | null {
  const last = attempts.at(-1);
  if (last === undefined || last.firstByteMs === null) return null;
  return Math.round((last.startedMs + last.firstByteMs) * 1000) / 1000;
}
