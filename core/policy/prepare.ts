import type { Models } from '../../sdk/services.ts';
import type { HookName } from '../../sdk/trace.ts';
import { type Effect, isStatic, staticEffect } from './effect.ts';
import type { LeafTest } from './leaves/leaf.ts';
import { leafKinds } from './leaves/table.ts';
import { type Act, hookNames, type Leaf, type PlanPolicy, type PlanRule, type Pred } from './plan.ts';

/** A leaf with its place in the memo: equal leaves of a policy share it, and are asked once per hook call. */
export interface ReadyLeaf {
  readonly kind: 'leaf';
  readonly slot: number;
  readonly leaf: Leaf;
  /** Null for `fn()`, which the sandbox answers. */
  readonly test: LeafTest | null;
  readonly isAsync: boolean;
}

export interface ReadyJoin {
  readonly kind: 'all' | 'any';
  readonly of: readonly ReadyPred[];
  readonly isAsync: boolean;
}

export interface ReadyNot {
  readonly kind: 'not';
  readonly of: ReadyPred;
  readonly isAsync: boolean;
}

export type ReadyPred = ReadyLeaf | ReadyJoin | ReadyNot;

export interface ReadyRule {
  readonly id: string;
  /** `file:line`. */
  readonly at: string;
  readonly when: ReadyPred | null;
  readonly acts: readonly Act[];
  /** The effect where it is the same for every request. */
  readonly effect: Effect | null;
  /** True when the predicate or a verb runs code in the sandbox. */
  readonly isAsync: boolean;
}

/** A policy ready to be evaluated: patterns compiled, equal leaves shared, fixed effects made. */
export interface ReadyPolicy {
  readonly id: string;
  readonly hooks: Readonly<Record<HookName, readonly ReadyRule[]>>;
  readonly match: ReadyPred | null;
  readonly leafCount: number;
}

export function preparePolicy(policy: PlanPolicy, models: Models): ReadyPolicy {
  const leaves = new Map<string, ReadyLeaf>();
  const rule = (one: PlanRule): ReadyRule => {
    const when = one.when === null ? null : preparePred(one.when, leaves);
    const runs = one.acts.some(({ a }) => a === 'run');
    return {
      id: one.id,
      at: `${policy.file}:${one.line}`,
      when,
      acts: one.acts,
      effect: isStatic(one.acts) ? staticEffect(one.acts, models) : null,
      isAsync: runs || when?.isAsync === true,
    };
  };
  const hooks = Object.fromEntries(
    hookNames.map((hook) => [hook, policy.rules.filter((one) => one.hook === hook).map(rule)]),
  ) as Record<HookName, ReadyRule[]>;
  const match = policy.match === null ? null : preparePred(policy.match, leaves);
  return { id: policy.id, hooks, match, leafCount: leaves.size };
}

function preparePred(pred: Pred, leaves: Map<string, ReadyLeaf>): ReadyPred {
  if (pred.p === 'leaf') return prepareLeaf(pred, leaves);
  if (pred.p === 'not') {
    const of = preparePred(pred.of, leaves);
    return { kind: 'not', of, isAsync: of.isAsync };
  }
  const of = pred.of.map((one) => preparePred(one, leaves));
  return { kind: pred.p, of, isAsync: of.some(({ isAsync }) => isAsync) };
}

function prepareLeaf(leaf: Leaf, leaves: Map<string, ReadyLeaf>): ReadyLeaf {
  const key = JSON.stringify([leaf.name, leaf.args]);
  const known = leaves.get(key);
  if (known !== undefined) return known;
  const test = leaf.name === 'fn' ? null : leafKinds.get(leaf.name)!.prepare(leaf.args);
  const ready: ReadyLeaf = { kind: 'leaf', slot: leaves.size, leaf, test, isAsync: test === null };
  leaves.set(key, ready);
  return ready;
}
