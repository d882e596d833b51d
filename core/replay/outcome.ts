import { hash } from 'node:crypto';
import { isDenied, matchedRules } from '../policy-test/compare.ts';
import { leftVerbs, showVerb } from '../policy-test/compare-verbs.ts';
import type { Run } from '../policy-test/run.ts';

/** What was decided about a request, as far as it can be compared. Every field is text: equal is the same bytes. */
export interface Outcome {
  /** `403 no_free`, or `allowed`. */
  readonly verdict: string;
  /** Whom it would ask, in order. */
  readonly targets: string;
  readonly constraints: string;
  readonly tags: string;
  /** What is left to plugins: limits, redaction, cache. */
  readonly verbs: string;
  /** A digest of what the provider would get, the model's name aside: it differs where policies rewrite. */
  readonly sent: string;
  /** A digest of what the client would get of the same answer. */
  readonly answer: string;
  readonly rules: string;
}

export const outcomeParts = [
  'verdict',
  'targets',
  'constraints',
  'tags',
  'verbs',
  'sent',
  'answer',
  'rules',
] as const satisfies readonly (keyof Outcome)[];

/** The outcome of a request. */
export function outcomeOf(run: Run): Outcome {
  const { trace, calls } = run;
  const sent = calls.at(-1)?.record.json ?? null;
  const body =
    typeof sent === 'object' && sent !== null && !Array.isArray(sent) ? { ...sent, model: '' } : sent;
  return {
    verdict: isDenied(run) ? `${trace.status} ${trace.errorCode ?? ''}`.trim() : 'allowed',
    targets: (trace.plan?.targets ?? []).join(' > '),
    constraints: (trace.plan?.constraints ?? []).join(', '),
    tags: Object.entries(trace.tags)
      .map(([name, value]) => `${name}=${value}`)
      .toSorted()
      .join(', '),
    verbs: leftVerbs(trace)
      .map(({ verb, options }) => showVerb(verb, options))
      .join(', '),
    sent: body === null ? '' : digest(JSON.stringify(body)),
    answer: run.responseText === null ? '' : digest(run.responseText),
    rules: [...matchedRules(trace.steps)].toSorted().join(', '),
  };
}

function digest(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 12);
}
