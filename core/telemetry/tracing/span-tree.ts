import { type Attributes, type HrTime, type SpanContext, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Ids, Models } from '../../../sdk/services.ts';
import { answeringAttempt, type Trace, type TraceAttempt, type TraceStep } from '../../../sdk/trace.ts';
import type { SpanContent } from '../capture/captured.ts';
import { attemptAttributes } from './attempt-attributes.ts';
import { requestAttributes, stepAttributes } from './request-attributes.ts';
import { maxAttemptSpans, maxStepSpans } from './span-count.ts';

/** What spans are made of besides the record. */
export interface SpanSources {
  readonly ids: Ids;
  readonly models: Models;
  readonly resource: Resource;
  /** What the call that answered may hold of prompt and answer. */
  readonly content?: SpanContent;
}

const stepNames = { auth: 'gateway.auth', cache: 'gateway.cache', policy: 'gateway.policy' } as const;
const instrumentationScope = { name: 'sluice' };
/** TraceFlags.SAMPLED */
const sampledFlag = 1;

/**
 * The spans of one request: `gateway.request`, and under it one for each step of the program in each hook and one for
 * each call of a provider, questions of plugins included. Times are those of the record.
 */
export function spansOf(trace: Trace, sources: SpanSources): ReadableSpan[] {
  const tree = new SpanTree(trace, sources);
  for (const step of trace.steps.slice(0, maxStepSpans)) tree.step(step);
  const answering = trace.source === null ? answeringAttempt(trace.attempts) : undefined;
  const calls = [
    ...trace.attempts.map((attempt) => ({ attempt, purpose: null })),
    ...trace.asides.map((attempt) => ({ attempt, purpose: attempt.purpose })),
  ];
  for (const { attempt, purpose } of calls.slice(0, maxAttemptSpans)) {
    tree.attempt(attempt, purpose, attempt === answering);
  }
  return tree.spans;
}

class SpanTree {
  readonly spans: ReadableSpan[] = [];
  readonly #trace: Trace;
  readonly #sources: SpanSources;
  readonly #root: SpanContext;

  constructor(trace: Trace, sources: SpanSources) {
    this.#trace = trace;
    this.#sources = sources;
    this.#root = this.#contextOf(sources.ids.span());
    const parent =
      trace.parentSpanId === null ? undefined : { ...this.#contextOf(trace.parentSpanId), isRemote: true };
    const failed = trace.status >= 500 || trace.outcome === 'interrupted' || trace.outcome === 'failed';
    this.#add({
      name: 'gateway.request',
      kind: SpanKind.SERVER,
      context: this.#root,
      parent,
      startedMs: 0,
      durationMs: trace.durationMs,
      attributes: requestAttributes(trace),
      failure: failed ? (trace.errorCode ?? trace.outcome) : null,
    });
  }

  step(step: TraceStep): void {
    this.#add({
      name: stepNames[step.role ?? 'policy'],
      kind: SpanKind.INTERNAL,
      context: this.#contextOf(this.#sources.ids.span()),
      parent: this.#root,
      startedMs: step.startedMs,
      durationMs: step.durationUs / 1000,
      attributes: stepAttributes(step),
      failure: step.decision === 'error' ? 'policy_error' : null,
    });
  }

  attempt(attempt: TraceAttempt, purpose: string | null, answering: boolean): void {
    const { durationMs } = this.#trace;
    this.#add({
      name: 'gateway.provider',
      kind: SpanKind.CLIENT,
      context: this.#contextOf(attempt.spanId),
      parent: this.#root,
      startedMs: attempt.startedMs,
      durationMs: attempt.durationMs ?? Math.max(0, durationMs - attempt.startedMs),
      attributes: attemptAttributes(attempt, {
        trace: this.#trace,
        target: this.#sources.models.resolve(attempt.target)?.[0],
        purpose,
        answering,
        content: answering ? this.#sources.content : undefined,
      }),
      failure: attempt.failure,
    });
  }

  #contextOf(spanId: string): SpanContext {
    return { traceId: this.#trace.traceId, spanId, traceFlags: sampledFlag };
  }

  #add(made: {
    readonly name: string;
    readonly kind: SpanKind;
    readonly context: SpanContext;
    readonly parent: SpanContext | undefined;
    readonly startedMs: number;
    readonly durationMs: number;
    readonly attributes: Attributes;
    readonly failure: string | null;
  }): void {
    const { context, parent, durationMs, failure } = made;
    const startMs = this.#trace.startedAtMs + made.startedMs;
    this.spans.push({
      name: made.name,
      kind: made.kind,
      spanContext: () => context,
      ...(parent === undefined ? undefined : { parentSpanContext: parent }),
      startTime: toHrTime(startMs),
      endTime: toHrTime(startMs + durationMs),
      duration: toHrTime(durationMs),
      status:
        failure === null ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: failure },
      attributes: made.attributes,
      links: [],
      events: [],
      ended: true,
      resource: this.#sources.resource,
      instrumentationScope,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    });
  }
}

/** Seconds and nanoseconds. The record is exact to the microsecond. */
function toHrTime(ms: number): HrTime {
  const us = Math.round(ms * 1000);
  const seconds = Math.floor(us / 1_000_000);
  return [seconds, (us - seconds * 1_000_000) * 1000];
}
