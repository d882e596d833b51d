import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import type { Trace } from '../../sdk/trace.ts';
import { pluginVerbs } from '../policy/plan.ts';

/** A verb that a policy left to a plugin, with its options. */
export interface LeftVerb {
  readonly verb: string;
  readonly options: Json;
}

/** Verbs that the policies of a request left to plugins, in their order; those in shadow mode left none. */
export function leftVerbs({ steps }: Trace): readonly LeftVerb[] {
  const found: LeftVerb[] = [];
  for (const { rules = [], decision, shadow } of steps) {
    if (shadow === true || decision !== 'continue') continue;
    for (const { matched, wrote } of rules) {
      if (!matched || !isJsonObject(wrote)) continue;
      for (const verb of pluginVerbs) {
        const options = wrote[verb];
        if (options === undefined) continue;
        for (const one of Array.isArray(options) ? options : [options])
          found.push({ verb, options: one as Json });
      }
    }
  }
  return found;
}

/** What of `expect.verbs` is not there, in words; an empty list expects none at all. */
export function missingVerbs(expected: readonly JsonObject[], left: readonly LeftVerb[]): string[] {
  if (expected.length === 0) return left.length === 0 ? [] : ['no verbs'];
  return expected
    .filter((one) => !left.some(({ verb, options }) => holds(one[verb], options)))
    .map((one) => showVerb(...(Object.entries(one)[0] as [string, Json])));
}

/** Whether a value has all that is expected of it. */
function holds(expected: Json | undefined, got: Json | undefined): boolean {
  if (expected === undefined || got === undefined) return false;
  if (isJsonObject(expected) && isJsonObject(got)) {
    return Object.entries(expected).every(([key, value]) => holds(value, got[key]));
  }
  return JSON.stringify(expected) === JSON.stringify(got);
}

/** `limit({"by":"key","per":"minute","requests":60})`. */
export function showVerb(verb: string, options: Json): string {
  return `${verb}(${JSON.stringify(options)})`;
}
