import type { JsonObject, Models, PolicyVerb, RequestContext } from '../../sdk/index.ts';
import { addressScope } from './address.ts';
import type { Calendar } from './calendar.ts';
import { type Limit, type LimitEntry, maxReservations, toLimit, toMeter } from './limit.ts';
import type { Meter } from './meter.ts';
import { quantities, type Scope } from './quantity.ts';
import { keyPart, scopeId } from './scope.ts';

/** Stands for all names that no model has: clients choose them, and each would be a counter. */
const unknownModel = 'unknown';
const nanoPerUsd = 1e9;

export interface VerbLimitsOptions {
  /** The plugin's file: it carries out the verbs that name it. */
  readonly file: string;
  readonly calendar: Calendar;
  readonly models: Models;
  readonly warnAt: number;
}

/** Limits that policies set with `limit()`. Each rule counts for itself, since it says which requests its limit is for. */
export class VerbLimits {
  readonly #options: VerbLimitsOptions;
  /** By the options of the verb, which are the same object for every request of a rule. */
  readonly #known = new WeakMap<JsonObject, { readonly tag: string; readonly limits: readonly Limit[] }>();

  constructor(options: VerbLimitsOptions) {
    this.#options = options;
  }

  /**
   * Adds what policies before this file left to it. Of limits of one rule that count the same the lowest holds.
   *
   * @throws Error where a request would fall under more limits than counters take at once.
   */
  addMeters(ctx: RequestContext, nowMs: number, meters: Meter[]): void {
    if (ctx.verbs.length === 0) return;
    const { file, calendar } = this.#options;
    const places = new Map<string, number>();
    for (const verb of ctx.verbs) {
      if (verb.performer !== file || verb.verb !== 'limit') continue;
      const source = { policy: verb.policy, rule: verb.rule, at: verb.at };
      for (const limit of this.#limitsOf(verb)) {
        const meter = toMeter(limit, this.#scope(limit.by, ctx), calendar, nowMs, source);
        const place = places.get(meter.key);
        if (place === undefined) {
          places.set(meter.key, meters.length);
          meters.push(meter);
        } else if (meter.limit < meters[place]!.limit) {
          meters[place] = meter;
        }
      }
    }
    if (meters.length > maxReservations) {
      throw new Error(
        `expected at most ${maxReservations} limits for one request, came ${meters.length}: let fewer rules with limit() match`,
      );
    }
  }

  #limitsOf({ options, policy, rule }: PolicyVerb): readonly Limit[] {
    const tag = ruleTag(policy, rule);
    const known = this.#known.get(options);
    if (known?.tag === tag) return known.limits;
    const entry = entryOf(options);
    const limits = quantities
      .filter((quantity) => entry[quantity] !== undefined)
      .map((quantity) => toLimit(quantity, entry, tag, this.#options.warnAt));
    this.#known.set(options, { tag, limits });
    return limits;
  }

  #scope(by: Scope, ctx: RequestContext): string {
    if (by === 'ip') return keyPart(addressScope(ctx.ip));
    if (by !== 'model') return scopeId(by, ctx.identity);
    const { model } = ctx.view;
    return this.#options.models.resolve(model) === undefined ? unknownModel : keyPart(model);
  }
}

/** The language has checked names and ranges. */
function entryOf(options: JsonObject): LimitEntry {
  const entry = options as unknown as LimitEntry;
  return entry.usd === undefined ? entry : { ...entry, usd: Math.round(entry.usd * nanoPerUsd) };
}

/** Stands for a rule in counters' keys. With the `/` it is never that of a file. */
function ruleTag(policy: string, rule: string): string {
  const name = `${policy}/${rule}`;
  // `|` is in no plain name, so this hashes.
  return name.length <= 32 ? name : `/${keyPart(`${name}|`).slice(0, 32)}`;
}
