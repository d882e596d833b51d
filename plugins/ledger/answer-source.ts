import { isJsonObject, type Trace, type TraceStep } from '../../sdk/index.ts';

/** Where an answer came from that no provider gave. */
export interface AnswerSource {
  /** `exact` and `semantic` are caches; anything else is a policy's own answer. */
  readonly source: string;
  readonly step: TraceStep;
}

/** The step that answered in place of a provider; null where none did. */
export function answerSource({ steps }: Trace): AnswerSource | null {
  const step = steps.findLast(({ decision, shadow }) => decision === 'respond' && shadow !== true);
  if (step === undefined) return null;
  const respond = isJsonObject(step.wrote) ? step.wrote['respond'] : undefined;
  const source = isJsonObject(respond) ? respond['source'] : undefined;
  return { source: typeof source === 'string' ? source : 'policy', step };
}

/** Which cache answered. */
export function cacheHitOf(source: AnswerSource | null): 'none' | 'exact' | 'semantic' {
  return source?.source === 'exact' || source?.source === 'semantic' ? source.source : 'none';
}

/** Milliseconds that looking into the caches took, hit or miss; null where none was asked. */
export function cacheLookupMs(trace: Trace, source: AnswerSource | null): number | null {
  const hit = cacheHitOf(source) === 'none' ? undefined : source?.step;
  const asked = trace.steps.filter(
    (step) =>
      step === hit ||
      (step.name === 'semantic-cache' && step.hook !== 'afterResponse' && step.shadow !== true),
  );
  return asked.length === 0 ? null : asked.reduce((sum, { durationUs }) => sum + durationUs, 0) / 1000;
}
