import type { Deny } from '../../sdk/decision.ts';
import type { LostWrite, PassedOver, Trace, TraceAttempt, TraceStep } from '../../sdk/trace.ts';

/** Collects what happens to one request. `finish` of the exchange makes the record of it. */
export class TraceRecorder {
  readonly steps: TraceStep[] = [];
  readonly attempts: TraceAttempt[] = [];
  readonly passedOver: PassedOver[] = [];
  /** What the attempt under way could not carry between the dialects. */
  dropped: string[] = [];
  lost: readonly LostWrite[] = [];
  plan: { targets: string[]; constraints: string[] } | null = null;
  /** The step and rule that refused, for the response header. */
  deniedBy: string | null = null;

  readonly asides: Trace['asides'][number][] = [];

  /** Notes an attempt of a question that a plugin asked. */
  aside(aside: Trace['asides'][number]): void {
    this.asides.push(aside);
  }

  step(step: TraceStep): void {
    this.steps.push(step);
  }

  deny(name: string, decision: Deny): void {
    const details = decision.details;
    const rule =
      typeof details === 'object' &&
      details !== null &&
      'rule' in details &&
      typeof details['rule'] === 'string'
        ? details['rule']
        : null;
    this.deniedBy = rule === null ? name : `${name}/${rule}`;
  }

  /** Notes what could not be carried, each thing once. */
  drop(names: readonly string[]): void {
    for (const name of names) if (!this.dropped.includes(name)) this.dropped.push(name);
  }
}
