import { type CustomRule, compilePattern } from './custom-rule.ts';
import { detectorsOf } from './detectors/all.ts';
import { pseudonym } from './detectors/pseudonym.ts';
import { Finder } from './finder.ts';
import type { PiiOptions, RedactionOptions } from './options.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { type Action, type Place, piiTypes, places } from './types.ts';

/** What is looked for, where, and what is done with it: the file's options, or those of one tenant. */
export class Settings {
  /** The action for each type and custom rule that is on. */
  readonly actions: ReadonlyMap<string, Action>;
  readonly places: ReadonlySet<Place>;
  /** Finds everything that is on. */
  readonly finder: Finder;
  /** True where something that an answer says of its own is acted on: there is nothing to restore in it. */
  readonly actsOnAnswers: boolean;
  /** The most characters of an answer that are held back while no find is open. */
  readonly holdBackChars: number;
  readonly #answerFinder: Finder;
  readonly #restoringFinder: Finder;
  readonly #allowed: ReadonlySet<string>;
  readonly #allowedEnds: readonly string[];

  /** @throws Error where a rule is wrong. */
  constructor({ action, types, rules, where, allow }: RedactionOptions) {
    const actions = new Map<string, Action>();
    for (const type of types) actions.set(type, action);
    const custom: CustomRule[] = [];
    for (const rule of rules) {
      if (rule.type !== undefined) {
        if (rule.name !== undefined || rule.pattern !== undefined) {
          throw new Error(
            `rules: an entry has type or name and pattern, not both; got type ${rule.type} with more.`,
          );
        }
        actions.set(rule.type, rule.action ?? action);
        continue;
      }
      const { name, pattern } = rule;
      if (name === undefined || pattern === undefined) {
        throw new Error('rules: an entry needs type, or name and pattern.');
      }
      if (isType(name) || name === 'pseudonym' || custom.some((other) => other.name === name)) {
        throw new Error(`rules: the name ${name} is taken; give the rule another.`);
      }
      custom.push({ name, pattern: compilePattern(name, pattern), maxChars: rule.max_chars });
      actions.set(name, rule.action ?? action);
    }
    this.actions = actions;
    this.places = new Set(where.length === 0 ? places : where);
    const on = new Set(piiTypes.filter((type) => actions.has(type)));
    this.finder = new Finder(detectorsOf(on), custom);
    const own = new Set([...on].filter((type) => actions.get(type) !== 'restore'));
    const ownRules = custom.filter(({ name }) => actions.get(name) !== 'restore');
    this.actsOnAnswers = own.size + ownRules.length > 0;
    const detectors = detectorsOf(own);
    this.#answerFinder = new Finder([pseudonym, ...detectors], ownRules);
    this.#restoringFinder = new Finder([pseudonym]);
    const names = [...actions.values()].includes('restore') ? pseudonym.holdBackChars : 0;
    this.holdBackChars = Math.max(
      names,
      ...detectors.map(({ holdBackChars }) => holdBackChars),
      ...ownRules.map(({ maxChars }) => maxChars),
    );
    this.#allowed = new Set(
      allow.filter((value) => !value.startsWith('*')).map((value) => value.toLowerCase()),
    );
    this.#allowedEnds = allow
      .filter((value) => value.startsWith('*'))
      .map((value) => value.slice(1).toLowerCase());
  }

  /**
   * The finder for answers of the request that has these pseudonyms, to be asked for before each run.
   *
   * @param place of what is looked through: where it is off, pseudonyms alone are found.
   */
  answerFinder(place: Place, names: Pseudonyms): Finder {
    pseudonym.names = names;
    return this.places.has(place) ? this.#answerFinder : this.#restoringFinder;
  }

  /** True for a value that the options let pass. */
  allows(value: string): boolean {
    if (this.#allowed.size === 0 && this.#allowedEnds.length === 0) return false;
    const lower = value.toLowerCase();
    return this.#allowed.has(lower) || this.#allowedEnds.some((end) => lower.endsWith(end));
  }
}

/** The settings of every tenant: a tenant's own options stand in the place of the file's, each as a whole. */
export class TenantSettings {
  readonly #common: Settings;
  readonly #own = new Map<string, Settings>();

  /** @throws Error where a rule is wrong, naming the tenant. */
  constructor({ tenants, ...common }: PiiOptions) {
    this.#common = new Settings(common);
    for (const [tenant, own] of Object.entries(tenants)) {
      try {
        this.#own.set(tenant, new Settings({ ...common, ...own }));
      } catch (error) {
        throw new Error(`tenants.${tenant}.${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  /** Of the tenant with most. */
  get holdBackChars(): number {
    const all = [this.#common, ...this.#own.values()];
    return Math.max(...all.map(({ holdBackChars }) => holdBackChars));
  }

  of(tenant: string): Settings {
    return this.#own.get(tenant) ?? this.#common;
  }
}

function isType(name: string): boolean {
  return piiTypes.some((type) => type === name);
}
