import type { Json } from '../../sdk/json.ts';
import type {
  ChainRule,
  Constraint,
  FailoverRule,
  Fallback,
  RetryRule,
  RouteSlot,
  RouteWrites,
} from '../../sdk/route.ts';
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

/** Names to try, in order, some only after certain failures. */
export type FallbackList = readonly (string | Fallback)[];
type Chains = NonNullable<RouteWrites['chains']>;

/** `cheap-default/hard`, or the step alone where it has no rules. */
export function writerName(writer: Writer): string {
  return writer.rule === null ? writer.policy : `${writer.policy}/${writer.rule}`;
}

/**
 * Collects what `route` hooks write. The first writer of a slot wins, except that an override beats writes that
 * are none; the first override wins. Every loser is kept, with the name of the one it lost to. Constraints have
 * no slot: they all hold.
 *
 * `chains` writes the slot `fallbacks` too, for those plans that go to one of its names. Which plan it is shows when all
 * have written, so `chainOf` settles who of the two wins.
 */
export class RouteDraft {
  target: Slot<string> | null = null;
  fallbacks: Slot<FallbackList> | null = null;
  chain: Slot<ChainRule> | null = null;
  retry: Slot<RetryRule> | null = null;
  failover: Slot<FailoverRule> | null = null;
  readonly constraints: SetConstraint[] = [];
  readonly lost: LostWrite[] = [];
  #chains: Slot<Chains> | null = null;
  /** Chains were written before anybody wrote `fallbacks`. */
  #chainsFirst = false;

  write(writer: Writer, writes: RouteWrites): void {
    const { target, fallbacks, chains, chain, retry, failover, only } = writes;
    if (target !== undefined) {
      const override = target.override === true;
      this.target = this.#contend('target', this.target, { value: target.to, writer, override });
    }
    if (fallbacks !== undefined) {
      this.fallbacks = this.#contend('fallbacks', this.fallbacks, slot(fallbacks, writer));
    }
    if (chains !== undefined) this.#writeChains(writer, chains);
    if (chain !== undefined) this.chain = this.#contend('chain', this.chain, slot(chain, writer));
    if (retry !== undefined) this.retry = this.#contend('retry', this.retry, slot(retry, writer));
    if (failover !== undefined) {
      this.failover = this.#contend('failover', this.failover, slot(failover, writer));
    }
    if (only !== undefined) this.constrain(writer, only);
  }

  constrain(writer: Writer, constraint: Constraint): void {
    this.constraints.push({ constraint, writer });
  }

  /** Records a write that lost for another reason than the order of writers. */
  lose(slot: RouteSlot, writer: Writer, value: Json, why: string): void {
    this.lost.push({ policy: writer.policy, rule: writer.rule, slot, value, why });
  }

  /**
   * The chain of a plan that goes to `name`, null where there is none. Where somebody also wrote `fallbacks` the first of
   * both wins, and the other is recorded as lost.
   */
  chainOf(name: string): Slot<FallbackList> | null {
    const chains = this.#chains;
    if (chains === null || !Object.hasOwn(chains.value, name)) return null;
    const chain = chains.value[name]!;
    const { fallbacks } = this;
    if (fallbacks === null) return slot(chain, chains.writer);
    if (!this.#chainsFirst) {
      const why = `first writer ${writerName(fallbacks.writer)}`;
      this.lose('fallbacks', chains.writer, chain as unknown as Json, why);
      return null;
    }
    const why = `first writer ${writerName(chains.writer)}`;
    this.lose('fallbacks', fallbacks.writer, fallbacks.value as unknown as Json, why);
    return slot(chain, chains.writer);
  }

  #writeChains(writer: Writer, chains: Chains): void {
    const held = this.#chains;
    if (held !== null) {
      const names = Object.keys(chains);
      this.lose('fallbacks', writer, names, `first writer of chains ${writerName(held.writer)}`);
      return;
    }
    this.#chains = slot(chains, writer);
    this.#chainsFirst = this.fallbacks === null;
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

function slot<T>(value: T, writer: Writer): Slot<T> {
  return { value, writer, override: false };
}
