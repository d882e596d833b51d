import type { AttemptChanges, RequestChanges } from '../../sdk/change.ts';
import type {
  AnswerDecision,
  AttemptDecision,
  Deny,
  RequestDecision,
  RouteDecision,
} from '../../sdk/decision.ts';
import type { JsonObject } from '../../sdk/json.ts';
import type { PolicyVerb } from '../../sdk/policy-verb.ts';
import type { Constraint, RouteWrites } from '../../sdk/route.ts';
import type { Models } from '../../sdk/services.ts';
import type { Explained, WritesByRule } from '../program/step.ts';
import type { HookOutcome, RuleEffect } from './interpreter.ts';
import { mergeChanges, mergeConstraints } from './merge.ts';

/** Tags of all matching rules, later ones winning; undefined where there are none. */
export function tagsOf({ effects }: HookOutcome): Readonly<Record<string, string>> | undefined {
  let tags: Readonly<Record<string, string>> | undefined;
  for (const { effect } of effects) {
    if (effect.tags !== null) tags = tags === undefined ? effect.tags : { ...tags, ...effect.tags };
  }
  return tags;
}

/** Makes decisions of what the rules of one policy came to. */
export interface DecisionTerms {
  readonly policy: string;
  /** Plugin files by the verbs that they carry out. */
  readonly performers: ReadonlyMap<string, string>;
  readonly models: Models;
}

interface Base extends Explained {
  readonly tags?: Readonly<Record<string, string>>;
}

function base(outcome: HookOutcome): Base {
  const tags = tagsOf(outcome);
  return tags === undefined ? { rules: outcome.rules } : { rules: outcome.rules, tags };
}

/** `base` of a decision to go on: with the verbs that plugins carry out. */
function goingOn({ policy, performers }: DecisionTerms, outcome: HookOutcome): Base {
  let verbs: PolicyVerb[] | undefined;
  for (const { rule, effect } of outcome.effects) {
    for (const { a, options } of effect.plugin) {
      const performer = performers.get(a);
      // Loading and `parseActs` refuse verbs that nobody carries out.
      if (performer === undefined)
        throw new Error(`${a}() of ${policy}/${rule.id}: no plugin carries it out`);
      verbs ??= [];
      verbs.push({ verb: a, options, policy, rule: rule.id, at: rule.at, performer });
    }
  }
  return verbs === undefined ? base(outcome) : { ...base(outcome), verbs };
}

/** The denial of the last rule that matched, where it is one. It names policy, rule and line to the client. */
function denial(policy: string, outcome: HookOutcome): (Deny & Explained) | null {
  const last = outcome.effects.at(-1);
  if (last === undefined || last.effect.deny === null) return null;
  const { status, code, message } = last.effect.deny;
  const name = `${policy}/${last.rule.id}`;
  const details: JsonObject = { policy, rule: last.rule.id, at: last.rule.at };
  return {
    ...base(outcome),
    type: 'deny',
    status,
    code,
    message: message ?? `Refused by the policy rule ${name}.`,
    reason: name,
    details,
  };
}

function changesOf(effects: readonly RuleEffect[]): AttemptChanges | undefined {
  let changes: AttemptChanges | undefined;
  for (const { effect } of effects) {
    if (effect.changes !== null)
      changes = changes === undefined ? effect.changes : mergeChanges(changes, effect.changes);
  }
  return changes;
}

function onlyOf(effects: readonly RuleEffect[], models: Models): Constraint | undefined {
  let only: Constraint | undefined;
  for (const { effect } of effects) {
    if (effect.only !== null)
      only = only === undefined ? effect.only : mergeConstraints(only, effect.only, models);
  }
  return only;
}

export function requestDecision(terms: DecisionTerms, outcome: HookOutcome): RequestDecision & Explained {
  const deny = denial(terms.policy, outcome);
  if (deny !== null) return deny;
  const changes: RequestChanges | undefined = changesOf(outcome.effects);
  const only = onlyOf(outcome.effects, terms.models);
  return {
    ...goingOn(terms, outcome),
    type: 'continue',
    ...(changes === undefined ? undefined : { changes }),
    ...(only === undefined ? undefined : { only }),
  };
}

/** Writes stay apart by rule, so that the trace can name the winner and the losers of each slot. */
export function routeDecision(
  terms: DecisionTerms,
  outcome: HookOutcome,
): RouteDecision & Explained & WritesByRule {
  const deny = denial(terms.policy, outcome);
  if (deny !== null) return deny;
  const byRule: { rule: string; writes: RouteWrites }[] = [];
  for (const { rule, effect } of outcome.effects) {
    for (const writes of effect.writes) byRule.push({ rule: rule.id, writes });
    if (effect.only !== null) byRule.push({ rule: rule.id, writes: { only: effect.only } });
  }
  return byRule.length === 0
    ? { ...goingOn(terms, outcome), type: 'continue' }
    : { ...goingOn(terms, outcome), type: 'continue', byRule };
}

export function attemptDecision(terms: DecisionTerms, outcome: HookOutcome): AttemptDecision & Explained {
  const deny = denial(terms.policy, outcome);
  if (deny !== null) return deny;
  const changes = changesOf(outcome.effects);
  return {
    ...goingOn(terms, outcome),
    type: 'continue',
    ...(changes === undefined ? undefined : { changes }),
  };
}

export function answerDecision(terms: DecisionTerms, outcome: HookOutcome): AnswerDecision & Explained {
  return denial(terms.policy, outcome) ?? { ...goingOn(terms, outcome), type: 'continue' };
}
