import type { Json } from '../../sdk/json.ts';
import type { MaybePromise } from '../../sdk/plugin.ts';
import type { HookName, LeafTrace, RuleTrace } from '../../sdk/trace.ts';
import { decisiveLeaves } from './decisive.ts';
import { type Effect, effectOf } from './effect.ts';
import { type Facts, FactsPending } from './facts.ts';
import { parseActs } from './parse-acts.ts';
import type { Act, Capabilities } from './plan.ts';
import type { ReadyLeaf, ReadyPolicy, ReadyPred, ReadyRule } from './prepare.ts';
import { PlanError } from './reader.ts';

type Recorded = { -readonly [Key in keyof RuleTrace]: RuleTrace[Key] };

/** What a guest function gave back; `fuel` is what it cost in interrupt ticks. */
export type GuestOutcome =
  | { readonly ok: true; readonly value: Json; readonly fuel: number }
  | { readonly ok: false; readonly message: string };

/** What the interpreter needs besides the facts. */
export interface InterpreterEnv {
  readonly capabilities: Capabilities;
  /** Milliseconds that only grow, with fractions. */
  monotonic(): number;
  /** Calls a function that the policy's module registered with `fn()` or `run()`. */
  callGuest(fn: number, facts: Facts): Promise<GuestOutcome>;
}

/** A rule that matched, with what it does. */
export interface RuleEffect {
  readonly rule: ReadyRule;
  readonly effect: Effect;
}

/** What the rules of one hook decided for one request. The last effect is the denial, where there is one. */
export interface HookOutcome {
  readonly effects: readonly RuleEffect[];
  /** One for each rule that was looked at, in order. */
  readonly rules: readonly RuleTrace[];
}

/** A policy could not decide: its code failed or returned what is not allowed. Carries the record so far. */
export class PolicyError extends Error {
  readonly rules: readonly RuleTrace[];

  constructor(message: string, rules: readonly RuleTrace[], options?: ErrorOptions) {
    super(message, options);
    this.name = 'PolicyError';
    this.rules = rules;
  }
}

/**
 * Evaluates the rules of one hook, top down. Every matching rule applies; a denial ends the hook. It answers at
 * once unless a rule runs code in the sandbox.
 *
 * @throws PolicyError (or rejects with one) when a policy's own code fails
 */
export function evaluateHook(
  policy: ReadyPolicy,
  hook: HookName,
  facts: Facts,
  env: InterpreterEnv,
): MaybePromise<HookOutcome> {
  return new Evaluation(policy, hook, facts, env).run();
}

/** Evaluates a predicate by itself, such as a policy's `match`. */
export function evaluatePred(
  policy: ReadyPolicy,
  pred: ReadyPred,
  facts: Facts,
  env: InterpreterEnv,
): MaybePromise<boolean> {
  const evaluation = new Evaluation(policy, 'onRequest', facts, env);
  if (pred.isAsync) return evaluation.whenRead(() => evaluation.askLater(pred));
  try {
    return evaluation.ask(pred);
  } catch (error) {
    if (error instanceof FactsPending) return evaluation.whenRead(() => evaluation.ask(pred));
    throw error;
  }
}

class Evaluation implements HookOutcome {
  readonly effects: RuleEffect[] = [];
  readonly rules: RuleTrace[] = [];
  readonly #policy: ReadyPolicy;
  readonly #hook: HookName;
  readonly #facts: Facts;
  readonly #env: InterpreterEnv;
  /** Answers of leaves, by slot: a leaf that two rules share is asked once. */
  readonly #memo: (LeafTrace | undefined)[];
  /** Leaves that the current rule has asked, and what its code has used. */
  #leaves: LeafTrace[] = [];
  #fuel = 0;
  #sinceMs: number;

  constructor(policy: ReadyPolicy, hook: HookName, facts: Facts, env: InterpreterEnv) {
    this.#policy = policy;
    this.#hook = hook;
    this.#facts = facts;
    this.#env = env;
    this.#memo = new Array<LeafTrace | undefined>(policy.leafCount);
    this.#sinceMs = env.monotonic();
  }

  run(): MaybePromise<HookOutcome> {
    const rules = this.#policy.hooks[this.#hook];
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i]!;
      if (rule.isAsync) return this.#runLater(rules, i);
      let matched: boolean;
      try {
        matched = rule.when === null || this.ask(rule.when);
      } catch (error) {
        if (error instanceof FactsPending) return this.#runLater(rules, i);
        throw error;
      }
      const effect = matched ? (rule.effect ?? effectOf(rule.acts, this.#facts)) : null;
      if (this.#record(rule, matched, effect)) break;
    }
    return this;
  }

  async #runLater(rules: readonly ReadyRule[], from: number): Promise<HookOutcome> {
    for (const rule of rules.slice(from)) {
      try {
        const { matched, acts } = await this.whenRead(() => this.#decide(rule));
        const effect = matched ? (rule.effect ?? effectOf(acts, this.#facts)) : null;
        if (this.#record(rule, matched, effect)) break;
      } catch (error) {
        throw this.#failed(rule, error);
      }
    }
    return this;
  }

  async #decide(rule: ReadyRule): Promise<{ readonly matched: boolean; readonly acts: readonly Act[] }> {
    // A second time where facts had to be read first; what leaves said then is remembered.
    this.#leaves = [];
    this.#fuel = 0;
    const matched = rule.when === null || (await this.askLater(rule.when));
    return { matched, acts: matched && rule.effect === null ? await this.#actsOf(rule) : [] };
  }

  /** Asks, and asks again as often as facts have to be read for it. */
  async whenRead<T>(ask: () => MaybePromise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof FactsPending)) throw error;
        await error.ready;
      }
    }
  }

  /** The rule's verbs, with each `run()` replaced by what it returned. */
  async #actsOf(rule: ReadyRule): Promise<readonly Act[]> {
    const acts: Act[] = [];
    for (const act of rule.acts) {
      if (act.a !== 'run') {
        acts.push(act);
        continue;
      }
      const value = await this.#guest(act.fn, 'run()');
      try {
        acts.push(...parseActs(value, this.#hook, this.#env.capabilities));
      } catch (error) {
        if (error instanceof PlanError) throw new Error(`what run() returned is refused: ${error.message}`);
        throw error;
      }
    }
    return acts;
  }

  /** Keeps the rule's record. True when the hook ends here. */
  #record(rule: ReadyRule, matched: boolean, effect: Effect | null): boolean {
    const nowMs = this.#env.monotonic();
    const because =
      matched && rule.when !== null ? decisiveLeaves(rule.when, this.#memo, this.#leaves) : null;
    // Built by assignment: this runs for every rule of every request.
    const record: Recorded = {
      policy: this.#policy.id,
      rule: rule.id,
      at: rule.at,
      matched,
      leaves: this.#leaves,
      us: Math.round((nowMs - this.#sinceMs) * 10_000) / 10,
      fuel: this.#fuel,
    };
    if (because !== null) record.because = because;
    if (effect !== null) record.wrote = effect.wrote;
    this.rules.push(record);
    this.#sinceMs = nowMs;
    this.#leaves = [];
    this.#fuel = 0;
    if (effect === null) return false;
    this.effects.push({ rule, effect });
    return effect.deny !== null;
  }

  #failed(rule: ReadyRule, cause: unknown): PolicyError {
    const message = cause instanceof Error ? cause.message : String(cause);
    this.rules.push({
      policy: this.#policy.id,
      rule: rule.id,
      at: rule.at,
      matched: false,
      leaves: this.#leaves,
      us: Math.round((this.#env.monotonic() - this.#sinceMs) * 10_000) / 10,
      fuel: this.#fuel,
      error: message.slice(0, 500),
    });
    return new PolicyError(`${this.#policy.id}/${rule.id} (${rule.at}): ${message}`, this.rules, { cause });
  }

  ask(pred: ReadyPred): boolean {
    switch (pred.kind) {
      case 'leaf':
        return this.#leaf(pred).result;
      case 'not':
        return !this.ask(pred.of);
      case 'all':
        for (const one of pred.of) if (!this.ask(one)) return false;
        return true;
      case 'any':
        for (const one of pred.of) if (this.ask(one)) return true;
        return false;
    }
  }

  async askLater(pred: ReadyPred): Promise<boolean> {
    if (!pred.isAsync) return this.ask(pred);
    switch (pred.kind) {
      case 'leaf':
        return (await this.#guestLeaf(pred)).result;
      case 'not':
        return !(await this.askLater(pred.of));
      case 'all':
        for (const one of pred.of) if (!(await this.askLater(one))) return false;
        return true;
      case 'any':
        for (const one of pred.of) if (await this.askLater(one)) return true;
        return false;
    }
  }

  #leaf(ready: ReadyLeaf): LeafTrace {
    let trace = this.#memo[ready.slot];
    if (trace === undefined) {
      const test = ready.test!;
      const saw = test.see(this.#facts);
      const { name, args } = ready.leaf;
      trace = { leaf: name, args, saw, result: test.holds(saw, this.#facts) };
      this.#memo[ready.slot] = trace;
    }
    this.#leaves.push(trace);
    return trace;
  }

  async #guestLeaf(ready: ReadyLeaf): Promise<LeafTrace> {
    let trace = this.#memo[ready.slot];
    if (trace === undefined) {
      const [label, fn] = ready.leaf.args;
      const value = await this.#guest(fn as number, `fn("${label}")`);
      if (typeof value !== 'boolean')
        throw new Error(`fn("${label}") returned no boolean; expected true or false`);
      trace = { leaf: 'fn', args: [label!], saw: null, result: value };
      this.#memo[ready.slot] = trace;
    }
    this.#leaves.push(trace);
    return trace;
  }

  async #guest(fn: number, what: string): Promise<Json> {
    const outcome = await this.#env.callGuest(fn, this.#facts);
    if (!outcome.ok) throw new Error(`${what} failed: ${outcome.message}`);
    this.#fuel += outcome.fuel;
    return outcome.value;
  }
}
