import type { Json } from '../../sdk/json.ts';
import type { ChainRule, Constraint, RetryRule, RouteSlot, RouteWrites } from '../../sdk/route.ts';
import type { LostWrite } from '../../sdk/trace.ts';

/** Who wrote: the step and, for policy scripts, the rule. */
export interface Writer {
  readonly policy: string;
  readonly rule: string | null;
}

export interface Slot<T> {
  readonly value: T;
  readonly writer: Writer;
  readonly override: boolean;
}

/** A constraint together with who set it, for the error that names it. */
export interface SetConstraint {
  readonly constraint: Constraint;
  readonly writer: Writer;
}

/** `cheap-default/hard`, or the step alone where it has no rules. */
export function writerName(writer: Writer): string {
  return writer.rule === null ? writer.policy : `${writer.policy}/${writer.rule}`;
}

/**
 * Collects what `route` hooks write. The first writer of a slot wins, except that an override beats writes that
 * are none; the first override wins. Every loser is kept, with the name of the one it lost to. Constraints have
 * no slot: they all hold.
 */
export class RouteDraft {
  target: Slot<string> | null = null;
  fallbacks: Slot<readonly string[]> | null = null;
  chain: Slot<ChainRule> | null = null;
  retry: Slot<RetryRule> | null = null;
  readonly constraints: SetConstraint[] = [];
  readonly lost: LostWrite[] = [];

  write(writer: Writer, writes: RouteWrites): void {
    if (writes.target !== undefined) {
      const override = writes.target.override === true;
      this.target = this.#contend('target', this.target, { value: writes.target.to, writer, override });
    }
    if (writes.fallbacks !== undefined) {
      this.fallbacks = this.#contend('fallbacks', this.fallbacks, {
        value: writes.fallbacks,
        writer,
        override: false,
      });
    }
    if (writes.chain !== undefined) {
      this.chain = this.#contend('chain', this.chain, { value: writes.chain, writer, override: false });
    }
    if (writes.retry !== undefined) {
      this.retry = this.#contend('retry', this.retry, { value: writes.retry, writer, override: false });
    }
    if (writes.only !== undefined) this.constrain(writer, writes.only);
  }

  constrain(writer: Writer, constraint: Constraint): void {
    this.constraints.push({ constraint, writer });
  }

  /** Records a write that lost for another reason than the order of writers. */
  lose(slot: RouteSlot, writer: Writer, value: Json, why: string): void {
    this.lost.push({ policy: writer.policy, rule: writer.rule, slot, value, why });
  }

  #contend<T>(slot: RouteSlot, held: Slot<T> | null, next: Slot<T>): Slot<T> {
    if (held === null) return next;
    if (next.override && !held.override) {
      this.lose(slot, held.writer, held.value as Json, `override by ${writerName(next.writer)}`);
      return next;
    }
    const order =
      held.override && next.override ? 'first override' : held.override ? 'override' : 'first writer';
    this.lose(slot, next.writer, next.value as Json, `${order} ${writerName(held.writer)}`);
    return held;
  }
}
