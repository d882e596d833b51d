import { isPluginVerb, missingVerb } from './missing.ts';
import type { Capabilities, PlanRule, PluginVerb } from './plan.ts';
import { actsOf } from './walk.ts';

/** A plugin file of the folder, as far as policies are concerned. */
export interface PluginWords {
  /** Name in the policies folder. */
  readonly file: string;
  readonly plugin: string;
  /** `off` files are none. */
  readonly mode: 'enforce' | 'shadow' | 'off';
  /** It has a `match`, so it does not apply to every request. */
  readonly hasMatch: boolean;
  readonly verbs: readonly string[];
  readonly facts: readonly string[];
}

/** Verbs whose plugin acts in `onRequest`: it must run after the policy. */
const needBeforehand: ReadonlySet<string> = new Set<PluginVerb>(['limit', 'redact', 'cache']);

/**
 * What a policy file may use: for each verb the one plugin file that carries it out, chosen at load so that nothing is left to
 * the request. That is the first one that applies to every request and, for verbs of `onRequest`, stands after the policy.
 *
 * @param order names of all files of the folder, in its order.
 */
export function capabilitiesOf(
  file: string,
  order: readonly string[],
  words: readonly PluginWords[],
): Capabilities {
  const at = order.indexOf(file);
  const verbs = new Map<string, string>();
  const why = new Map<string, string>();
  const facts = new Set<string>();
  for (const one of words) {
    // What a plugin in shadow mode counts is thrown away: its facts would be zeros that nobody expects.
    if (one.mode === 'enforce') for (const group of one.facts) facts.add(group);
    for (const verb of one.verbs) {
      if (verbs.has(verb) || !isPluginVerb(verb)) continue;
      const refused = refusal(verb, file, at, order.indexOf(one.file), one);
      if (refused === null) verbs.set(verb, one.file);
      else if (!why.has(verb)) why.set(verb, refused);
    }
  }
  return { verbs, facts, why };
}

function refusal(verb: string, file: string, policyAt: number, pluginAt: number, one: PluginWords) {
  const name = `${one.file} (plugin ${one.plugin})`;
  if (one.hasMatch) {
    return `${verb}() must count for every request that the rule matches, and ${name} does not apply to all of them: take match out of it, or add a file of that plugin without one`;
  }
  if (needBeforehand.has(verb) && pluginAt < policyAt) {
    return `${verb}() comes too late: ${name}, which carries it out, runs before this policy. Rename the policy so that it stands before that file, such as ${nameBefore(one.file, file)}`;
  }
  return null;
}

/** A name for the policy that sorts before the plugin's file: `19-free.policy.ts` for `20-limits.yaml`. */
function nameBefore(plugin: string, policy: string): string {
  const rest = policy.replace(/^\d+-/, '');
  const number = /^\d+/.exec(plugin)?.[0];
  if (number === undefined || Number(number) === 0) return `a name before "${plugin}"`;
  return `${String(Number(number) - 1).padStart(number.length, '0')}-${rest}`;
}

/** Why a verb is refused in a file. */
export function whyNot(verb: PluginVerb, { why }: Capabilities): string {
  return why?.get(verb) ?? missingVerb(verb);
}

/**
 * Why `output()` of a rule comes too late; null where it does not. Answers pass the folder upwards, so what looks at the
 * finished answer decides for the files before its own.
 */
export function lateOutput(rule: PlanRule, file: string, { verbs }: Capabilities): string | null {
  if (rule.hook !== 'afterResponse' || !actsOf(rule).some(({ a }) => a === 'output')) return null;
  const performer = verbs.get('output');
  if (performer === undefined || performer < file) return null;
  return `output() in an afterResponse rule comes too late: answers pass the folder from its end to its start, and ${performer}, which carries it out, stands after this policy. Rename the policy so that it stands after that file`;
}
