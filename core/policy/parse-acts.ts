import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import type { HookName } from '../../sdk/trace.ts';
import { whyNot } from './capabilities.ts';
import { isPluginVerb } from './missing.ts';
import { type Nested, parseAct } from './parse-act.ts';
import { readHeaders } from './parse-verb-options.ts';
import type { Act, Capabilities } from './plan.ts';
import { PlanError, readObject, show } from './reader.ts';

const maxActs = 64;
const plainKeys = ['deny', 'tags', 'route', 'headers', 'cache', 'retry'] as const;

/**
 * What `run()` or a raw hook returned at run time -> checked verbs. Allowed are nothing, one verb, a list of verbs,
 * and the plain form `{ deny, tags, route, headers, cache, retry }`. It is hostile input: unknown keys, verbs that
 * the hook does not have and verbs that no plugin provides are refused.
 *
 * @throws PlanError
 */
export function parseActs(value: Json | undefined, hook: HookName, capabilities: Capabilities): Act[] {
  if (value === undefined || value === null) return [];
  const nested: Nested = { hook, budget: { left: 1000 }, depth: 0, allowRun: false };
  const acts = actList(value, nested);
  for (const { a } of acts) {
    if (isPluginVerb(a) && !capabilities.verbs.has(a)) throw new PlanError(whyNot(a, capabilities));
  }
  return acts;
}

function actList(value: Json, nested: Nested): Act[] {
  if (Array.isArray(value)) {
    if (value.length > maxActs) throw new PlanError(`expected at most ${maxActs} verbs, got ${value.length}`);
    return value.map((one: Json) => parseAct(one, nested));
  }
  if (!isJsonObject(value))
    throw new PlanError(`expected verbs such as deny(403, 'code'), or nothing, got ${show(value)}`);
  if (Object.hasOwn(value, '$a')) return [parseAct(value, nested)];
  return plainActs(value, nested);
}

/** Tags come first and a denial last, so that a denied request keeps its tags. */
function plainActs(value: JsonObject, nested: Nested): Act[] {
  const { deny, tags, route, headers, cache, retry } = readObject(value, 'the returned object', plainKeys);
  const verb = ($a: string, args: readonly Json[]) => parseAct({ $a, args }, nested);
  const acts: Act[] = [];
  if (tags !== undefined) acts.push(verb('tag', [tags]));
  if (route !== undefined) acts.push(verb('use', [route]));
  if (headers !== undefined) acts.push(verb('rewrite', [{ headers: readHeaders(headers, 'headers') }]));
  if (cache !== undefined) acts.push(verb('cache', [cache]));
  if (retry !== undefined) acts.push(verb('retry', [retry]));
  if (deny !== undefined) {
    const { status, code, message } = readObject(deny, 'deny', ['status', 'code', 'message']);
    acts.push(verb('deny', [status ?? null, code ?? null, message ?? null]));
  }
  return acts;
}
