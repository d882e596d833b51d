import type { AttemptChanges } from '../../sdk/change.ts';
import type { Json, JsonObject } from '../../sdk/json.ts';
import type { Constraint, RouteWrites } from '../../sdk/route.ts';
import type { Models } from '../../sdk/services.ts';
import type { Facts } from './facts.ts';
import { hashShare } from './hash.ts';
import { mergeChanges, mergeConstraints } from './merge.ts';
import type { Act, By, DenyAct, PluginAct } from './plan.ts';
import { type Subject, subjectOf } from './subject.ts';

/** What the verbs of one matching rule come to for one request. */
export interface Effect {
  readonly deny: DenyAct | null;
  readonly tags: Readonly<Record<string, string>> | null;
  /** Route writes; more than one where the rule itself writes a slot twice, so that the loser is on record. */
  readonly writes: readonly RouteWrites[];
  readonly changes: AttemptChanges | null;
  readonly only: Constraint | null;
  /** Verbs that plugins carry out. */
  readonly plugin: readonly PluginAct[];
  /** By slot, for the trace. Names and numbers, no prompt text. */
  readonly wrote: JsonObject;
}

/** True when the verbs come to the same for every request, so that their effect can be made once, at load. */
export function isStatic(acts: readonly Act[]): boolean {
  return acts.every(({ a }) => a !== 'split' && a !== 'pick' && a !== 'run');
}

/** The effect of verbs that do not depend on the request. */
export function staticEffect(acts: readonly Act[], models: Models): Effect {
  const effect = new EffectBuilder(null, models);
  effect.add(acts);
  return effect;
}

/** The effect of any verbs but `run`, whose result must have taken its place. */
export function effectOf(acts: readonly Act[], facts: Facts): Effect {
  const effect = new EffectBuilder(facts, facts.sources.models);
  effect.add(acts);
  return effect;
}

class EffectBuilder implements Effect {
  deny: DenyAct | null = null;
  tags: Record<string, string> | null = null;
  readonly writes: RouteWrites[] = [];
  changes: AttemptChanges | null = null;
  only: Constraint | null = null;
  readonly plugin: PluginAct[] = [];
  readonly wrote: Record<string, Json> = {};
  readonly #facts: Facts | null;
  readonly #models: Models;

  constructor(facts: Facts | null, models: Models) {
    this.#facts = facts;
    this.#models = models;
  }

  add(acts: readonly Act[]): void {
    for (const act of acts) {
      this.#one(act);
      // Nothing comes after a denial, not even in the same rule.
      if (this.deny !== null) return;
    }
  }

  #one(act: Act): void {
    switch (act.a) {
      case 'deny':
        this.deny = act;
        this.wrote['deny'] = { status: act.status, code: act.code };
        return;
      case 'tag':
        this.#tag(act.tags);
        return;
      case 'use':
        this.#write('target', act.override ? { to: act.to, override: true } : { to: act.to }, act.to);
        return;
      case 'pick': {
        const { subject, share } = this.#draw(act.by, act.salt);
        const total = act.arms.reduce((sum, { weight }) => sum + weight, 0);
        const arm = draw(act.arms, share * total, ({ weight }) => weight);
        this.#write('target', { to: arm.to }, arm.to);
        this.wrote['pick'] = { to: arm.to, by: subject.by };
        return;
      }
      case 'split': {
        const { subject, share } = this.#draw(act.by, act.salt);
        const arm = draw(act.arms, share * 100, (one) => one.share);
        this.#tag({ [`exp.${act.salt}`]: arm.name });
        this.wrote['split'] = { salt: act.salt, arm: arm.name, by: subject.by };
        this.add(arm.do);
        return;
      }
      case 'fallback':
        this.#write('fallbacks', act.targets, act.targets);
        return;
      case 'chain':
        this.#write('chain', act.rule, act.rule as JsonObject);
        return;
      case 'retry':
        this.#write('retry', act.rule, act.rule as unknown as JsonObject);
        return;
      case 'only':
        this.only =
          this.only === null ? act.constraint : mergeConstraints(this.only, act.constraint, this.#models);
        this.wrote['only'] = this.only as JsonObject;
        return;
      case 'rewrite':
        this.changes = this.changes === null ? act.changes : mergeChanges(this.changes, act.changes);
        this.wrote['rewrite'] = Object.keys(this.changes);
        return;
      case 'run':
        throw new Error('the result of run() must be put in its place before effects are made');
      default:
        this.plugin.push(act);
        this.#carried(act);
    }
  }

  /** One that stands in a rule more than once is a list. */
  #carried({ a, options }: PluginAct): void {
    const before = this.wrote[a];
    if (before === undefined) this.wrote[a] = options;
    else this.wrote[a] = Array.isArray(before) ? [...before, options] : [before, options];
  }

  #tag(tags: Readonly<Record<string, string>>): void {
    this.tags = { ...this.tags, ...tags };
    this.wrote['tags'] = this.tags;
  }

  #write<S extends Exclude<keyof RouteWrites, 'only'>>(
    slot: S,
    value: NonNullable<RouteWrites[S]>,
    shown: Json,
  ): void {
    const last = this.writes.at(-1);
    if (last === undefined || last[slot] !== undefined) this.writes.push({ [slot]: value });
    else this.writes[this.writes.length - 1] = { ...last, [slot]: value };
    if (this.wrote[slot] === undefined) this.wrote[slot] = shown;
  }

  #draw(by: By, salt: string): { subject: Subject; share: number } {
    if (this.#facts === null) throw new Error('split() and pick() need the facts of a request');
    const subject = subjectOf(by, this.#facts.ctx);
    return { subject, share: hashShare(subject.id, salt) };
  }
}

/** The arm that a point falls into when arms are laid end to end. */
function draw<T>(arms: readonly T[], point: number, size: (arm: T) => number): T {
  let end = 0;
  for (const arm of arms) {
    end += size(arm);
    if (point < end) return arm;
  }
  // Rounding may leave the point at the very end; an arm of size 0 must not get it.
  return arms.findLast((arm) => size(arm) > 0) ?? arms.at(-1)!;
}
