import { isJsonObject, type Json } from '../../sdk/json.ts';
import type { TraceStep } from '../../sdk/trace.ts';
import { jsonTextFrom } from '../body/json-text.ts';
import { dialectFor } from '../dialects/registry.ts';
import { compileRegex } from '../policy/regex.ts';
import { CaseError, type Expect, type TextExpectation } from './case.ts';
import { leftVerbs, missingVerbs, showVerb } from './compare-verbs.ts';
import type { Run } from './run.ts';

/** One thing that came out other than expected. */
export interface Difference {
  /** Path of the expectation, such as `tags.lane`. */
  readonly what: string;
  readonly expected: string;
  readonly got: string;
}

/** `tags.lane: expected "easy", got "hard"`. */
export function showDifference({ what, expected, got }: Difference): string {
  return `${what}: expected ${expected}, got ${got}`;
}

/**
 * Compares what came of a request with what a case expects. What the case does not mention is not compared.
 *
 * @throws CaseError for a pattern that cannot be run safely.
 */
export function compareRun(expect: Expect, run: Run): Difference[] {
  const found: Difference[] = [];
  const differ = (what: string, expected: string, got: string) => found.push({ what, expected, got });
  const same = (what: string, expected: Json | undefined, got: Json) => {
    if (expected !== undefined && expected !== got) differ(what, show(expected), show(got));
  };
  const text = (what: string, expected: TextExpectation | undefined, got: string | null) => {
    if (expected === undefined) return;
    for (const wanted of unmet(expected, got)) differ(what, wanted, show(got));
  };
  const { trace, response } = run;

  compareDenial(expect, run, differ, text);
  compareRules(expect, run, differ);
  same('target', expect.target, targetOf(run));
  same('model', expect.model, run.calls.at(-1)?.model ?? null);
  same('attempts', expect.attempts, trace.attempts.length);
  for (const [name, wanted] of Object.entries(expect.tags ?? {})) {
    same(`tags.${name}`, wanted, trace.tags[name] ?? null);
  }
  for (const name of expect.lost ?? []) {
    const lost = trace.lost.map(({ policy, rule, value }) => [
      rule === null ? policy : `${policy}/${rule}`,
      plain(value),
    ]);
    if (!lost.some((names) => names.includes(name)))
      differ('lost', show(name), list(lost.map(([by, value]) => `${value} of ${by}`)));
  }
  if (expect.verbs !== undefined) {
    const left = leftVerbs(trace);
    const came = list(left.map(({ verb, options }) => showVerb(verb, options)));
    for (const wanted of missingVerbs(expect.verbs, left)) differ('verbs', wanted, came);
  }
  text('upstream_text', expect.upstream_text, upstreamText(run));
  if (expect.upstream !== undefined) {
    const last = run.calls.at(-1)?.record.json ?? null;
    if (run.calls.length === 0) differ('upstream', show(expect.upstream), 'no call of a provider');
    else comparePart('upstream', expect.upstream, last, differ);
  }
  text('response_text', expect.response_text, run.responseText);
  same('status', expect.status, response.status);
  for (const [name, wanted] of Object.entries(expect.headers ?? {})) {
    const got = response.headers[name.toLowerCase()] ?? null;
    if (wanted === null) same(`headers.${name}`, null, got);
    else text(`headers.${name}`, wanted, got);
  }
  if (expect.reason !== undefined) {
    const reasons = trace.steps.flatMap(({ reason }) => (reason === undefined ? [] : [reason]));
    if (!reasons.includes(expect.reason)) differ('reason', show(expect.reason), list(reasons));
  }
  return found;
}

type Differ = (what: string, expected: string, got: string) => void;
type CompareText = (what: string, expected: TextExpectation | undefined, got: string | null) => void;

/** True where the gateway refused the request itself; a provider's failure that the client is told is none. */
export function isDenied({ trace }: Run): boolean {
  if (trace.outcome === 'denied') return true;
  return trace.outcome === 'failed' && (trace.attempts.at(-1)?.failure ?? null) === null;
}

function compareDenial({ deny }: Expect, run: Run, differ: Differ, text: CompareText): void {
  if (deny === undefined) return;
  const { trace } = run;
  const denied = isDenied(run);
  const came = denied
    ? `a denial ${trace.status} ${trace.errorCode}`
    : `${trace.outcome} with status ${trace.status}`;
  if (deny === false) {
    if (denied) differ('deny', 'no denial', came);
    return;
  }
  if (!denied) return differ('deny', 'a denial', came);
  if (deny === true) return;
  if (deny.status !== undefined && deny.status !== trace.status) {
    differ('deny.status', show(deny.status), show(trace.status));
  }
  if (deny.code !== undefined && deny.code !== trace.errorCode) {
    differ('deny.code', show(deny.code), show(trace.errorCode));
  }
  text('deny.message', deny.message, run.errorMessage);
}

function compareRules(
  { rules = [], not_rules: notRules = [] }: Expect,
  { trace }: Run,
  differ: Differ,
): void {
  const matched = matchedRules(trace.steps);
  for (const name of rules) if (!matched.has(name)) differ('rules', `${name} to match`, list([...matched]));
  for (const name of notRules) if (matched.has(name)) differ('not_rules', `${name} not to match`, 'a match');
}

/** Rules that matched in any hook, as `policy/rule`. */
export function matchedRules(steps: readonly TraceStep[]): Set<string> {
  const all = steps.flatMap(({ rules = [] }) => rules);
  return new Set(all.filter(({ matched }) => matched).map(({ policy, rule }) => `${policy}/${rule}`));
}

function targetOf({ trace }: Run): string | null {
  return trace.attempts.at(-1)?.target ?? trace.plan?.targets[0] ?? null;
}

function upstreamText({ calls }: Run): string | null {
  const last = calls.at(-1);
  if (last === undefined) return null;
  return dialectFor(last.wire).view(jsonTextFrom(last.record.request.body.toString())).lastUser;
}

/** What of an expectation a text does not meet, in words. */
function unmet(expected: TextExpectation, got: string | null): string[] {
  if (typeof expected === 'string') return expected === got ? [] : [show(expected)];
  const { contains, not_contains: without, matches } = expected;
  const wanted: string[] = [];
  if (contains !== undefined && got?.includes(contains) !== true)
    wanted.push(`a text with ${show(contains)}`);
  if (without !== undefined && got?.includes(without) === true)
    wanted.push(`a text without ${show(without)}`);
  if (matches !== undefined) {
    const compiled = compileRegex({ source: matches, flags: 'u' });
    if (!compiled.ok) throw new CaseError(compiled.message);
    if (got === null || !compiled.regex.test(got)) wanted.push(`a text that matches /${matches}/`);
  }
  return wanted;
}

/** Objects may have more keys than expected; lists have as many items. */
function comparePart(what: string, expected: Json, got: Json | undefined, differ: Differ): void {
  if (isJsonObject(expected) && isJsonObject(got)) {
    for (const [key, value] of Object.entries(expected))
      comparePart(`${what}.${key}`, value ?? null, got[key], differ);
  } else if (Array.isArray(expected) && Array.isArray(got)) {
    if (expected.length !== got.length) differ(what, `${expected.length} items`, `${got.length}`);
    else
      for (const [i, value] of expected.entries())
        comparePart(`${what}[${i}]`, value as Json, got[i] as Json, differ);
  } else if (expected !== got) {
    differ(what, show(expected), got === undefined ? 'nothing' : show(got));
  }
}

function plain(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function show(value: Json): string {
  if (value === null) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
