import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import type { Problem } from '../problem.ts';
import { didYouMean } from '../text/nearest.ts';
import { parseAct } from './parse-act.ts';
import { type NodeBudget, parsePred, readFn } from './parse-pred.ts';
import { hookNames, needsOf, type PlanPolicy, type PlanRule } from './plan.ts';
import {
  PlanError,
  readArgs,
  readId,
  readList,
  readNumber,
  readObject,
  readOneOf,
  readText,
  show,
} from './reader.ts';

export interface PlanSource {
  /** Name of the file in the policies folder. */
  readonly file: string;
  /** 1-based line of an exported function, where the source is at hand. */
  lineOf?(exported: string): number;
}

export interface ParsedPlan {
  /** Only complete ones: a policy with a problem is left out. */
  readonly policies: readonly PlanPolicy[];
  readonly problems: readonly Problem[];
}

const maxPolicies = 100;
const maxRules = 1000;
const maxVerbs = 64;
const maxNodes = 20_000;

/** The policy's name for a file without policies of its own: `40-hello.policy.ts` -> `hello`. */
export function policyNameOf(file: string): string {
  const base = file
    .split('/')
    .at(-1)!
    .replace(/(?:\.policy)?\.[cm]?[jt]s$/, '')
    .replace(/^\d+-/, '');
  return base.replace(/[^A-Za-z0-9_.-]/g, '-').slice(0, 64) || 'policy';
}

/**
 * What a module registered in the sandbox, as raw JSON -> validated policies. The JSON is hostile input: nothing
 * of it is used that was not checked here. All problems are reported, each with the line of its rule.
 */
export function parsePlan(raw: Json | undefined, source: PlanSource): ParsedPlan {
  const parser = new PlanParser(source);
  parser.parse(raw);
  return { policies: parser.problems.length === 0 ? parser.policies : [], problems: parser.problems };
}

class PlanParser {
  readonly problems: Problem[] = [];
  readonly policies: PlanPolicy[] = [];
  readonly #source: PlanSource;
  readonly #budget: NodeBudget = { left: maxNodes };
  /** Rules that were made and are in no policy (yet), by their number. */
  readonly #loose = new Map<number, { line: number; name: string }>();

  constructor(source: PlanSource) {
    this.#source = source;
  }

  parse(raw: Json | undefined): void {
    this.#guard(0, () => {
      const plan = readObject(raw, 'the plan', ['policies', 'hooks', 'exports']);
      const emitted = readArgs(plan['policies'] ?? [], 'the plan', maxPolicies + maxRules);
      for (const one of emitted) if (isJsonObject(one) && one['policy'] === undefined) this.#looseRule(one);
      for (const one of emitted) if (isJsonObject(one) && one['policy'] !== undefined) this.#policy(one);
      this.#rawHooks(plan['hooks'] ?? []);
    });
    for (const { line, name } of this.#loose.values()) {
      this.#report(line, `the rule ${name} is in no policy; pass it to policy(), or remove it`);
    }
    if (this.policies.length === 0 && this.problems.length === 0) {
      this.#report(0, 'expected a policy(…) or an exported hook such as onRequest; the file has neither');
    }
  }

  #looseRule(value: JsonObject): void {
    this.#guard(0, () => {
      const number = readNumber(value['rule'], 'a rule', { min: 0, integer: true });
      const id = typeof value['id'] === 'string' ? value['id'] : '';
      this.#loose.set(number, { line: readLine(value['line']), name: show(id) });
    });
  }

  #policy(value: JsonObject): void {
    const line = readLine(value['line']);
    this.#guard(line, () => {
      const id = readId(value['policy'], 'policy() id');
      if (this.policies.some((policy) => policy.id === id))
        throw new PlanError(`a second policy named "${id}"`);
      const options = readObject(value['options'], `policy "${id}" options`, [
        ...['kind', 'mode', 'onError', 'match', 'owner', 'limits'],
      ]);
      const kind = readOneOf(options['kind'], `policy "${id}" kind`, ['guard', 'shape']);
      const rules = readArgs(value['rules'] ?? null, `policy "${id}"`, maxRules).map((rule) =>
        this.#rule(rule),
      );
      if (rules.length === 0) throw new PlanError(`policy "${id}": expected at least one rule, got none`);
      const seen = new Set<string>();
      for (const rule of rules) {
        if (rule === null) continue;
        if (seen.has(rule.id)) this.#report(rule.line, `a second rule named "${rule.id}" in policy "${id}"`);
        seen.add(rule.id);
      }
      const { mode, onError, match, owner, limits } = options;
      this.policies.push({
        id,
        file: this.#source.file,
        line,
        kind,
        mode:
          mode === undefined
            ? 'enforce'
            : readOneOf(mode, `policy "${id}" mode`, ['enforce', 'shadow', 'off']),
        onError:
          onError === undefined
            ? kind === 'guard'
              ? 'closed'
              : 'skip'
            : readOneOf(onError, `policy "${id}" onError`, ['closed', 'skip']),
        match: match === undefined || match === null ? null : parsePred(match, ['req'], this.#budget),
        owner: owner === undefined ? null : readText(owner, `policy "${id}" owner`, 128),
        limits: limits === undefined ? {} : readLimits(limits, id),
        rules: rules.filter((rule) => rule !== null),
      });
    });
  }

  /** Null where the rule has a problem, which is then reported. */
  #rule(value: Json): PlanRule | null {
    const line = isJsonObject(value) ? readLine(value['line']) : 0;
    const place = isJsonObject(value) ? readLine(value['column']) : 0;
    return this.#guardAt(line, place, () => {
      const rule = readObject(value, 'a rule', ['rule', 'hook', 'id', 'line', 'column', 'when', 'acts']);
      this.#loose.delete(readNumber(rule['rule'], 'a rule', { min: 0, integer: true }));
      const id = readId(rule['id'], 'rule id');
      const hook = readOneOf(rule['hook'], `rule "${id}"`, hookNames);
      return this.#named(id, () => ({
        id,
        hook,
        line,
        column: readLine(rule['column']),
        when: rule['when'] === true ? null : parsePred(rule['when'], needsOf[hook], this.#budget),
        acts: readList(
          rule['acts'],
          'verbs',
          (act) => parseAct(act, { hook, budget: this.#budget, depth: 0, allowRun: true }),
          { max: maxVerbs },
        ),
      }));
    });
  }

  /** Exported functions: each is one rule `main` that runs them, in a policy named after the file. */
  #rawHooks(value: Json): void {
    const rules: PlanRule[] = [];
    for (const one of readArgs(value, 'the exports', maxRules)) {
      const { name, fn } = readObject(one, 'an export', ['name', 'fn']);
      const exported = readText(name, 'an export');
      const line = this.#source.lineOf?.(exported) ?? 1;
      this.#guard(line, () => {
        const hook = hookNames.find((known) => known === exported);
        if (hook === undefined) {
          throw new PlanError(
            `the exported function ${exported} is no hook; expected one of ${hookNames.join(', ')}.${didYouMean(exported, hookNames)}`,
          );
        }
        const acts = [{ a: 'run', fn: readFn(fn, exported) }] as const;
        rules.push({ id: 'main', hook, line, column: 1, when: null, acts });
      });
    }
    if (rules.length === 0) return;
    const id = policyNameOf(this.#source.file);
    if (this.policies.some((policy) => policy.id === id)) {
      this.#report(
        rules[0]!.line,
        `the exported hooks make a policy "${id}", but the file has one of that name`,
      );
      return;
    }
    this.policies.push({
      id,
      file: this.#source.file,
      line: rules[0]!.line,
      // Code that may deny is treated as a guard: when in doubt, closed.
      kind: 'guard',
      mode: 'enforce',
      onError: 'closed',
      match: null,
      owner: null,
      limits: {},
      rules,
    });
  }

  #named<T>(id: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof PlanError) throw new PlanError(`rule "${id}": ${error.message}`);
      throw error;
    }
  }

  #guard<T>(line: number, read: () => T): T | null {
    return this.#guardAt(line, 1, read);
  }

  #guardAt<T>(line: number, column: number, read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof PlanError)) throw error;
      this.#report(line, error.message, column);
      return null;
    }
  }

  #report(line: number, message: string, column = 1): void {
    const place = { line, column: line === 0 ? 0 : column };
    this.problems.push({ file: this.#source.file, ...place, severity: 'error', message });
  }
}

function readLine(value: Json | undefined): number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 1e7 ? value : 1;
}

function readLimits(value: Json, id: string): PlanPolicy['limits'] {
  const { ms, heapMb } = readObject(value, `policy "${id}" limits`, ['ms', 'heapMb']);
  return {
    ...(ms === undefined
      ? undefined
      : { ms: readNumber(ms, `policy "${id}" limits.ms`, { min: 1, max: 200 }) }),
    ...(heapMb === undefined
      ? undefined
      : { heapMb: readNumber(heapMb, `policy "${id}" limits.heapMb`, { min: 16, max: 64, integer: true }) }),
  };
}
