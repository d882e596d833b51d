import type { Given } from '../../../core/policy-test/case.ts';
import { isJsonObject, type Json } from '../../../sdk/json.ts';
import type { Tried } from '../engine/messages.ts';
import { rulesOf } from './verdict.ts';

/** Name of the cases beside a policy. */
export function caseFileOf(policyFile: string): string {
  return policyFile.replace(/\.policy\.(ts|js|test\.ya?ml)$/, '').concat('.policy.test.yaml');
}

/** The cases with one more: what came of the request now is what must come of it from here on. */
export function withCase(text: string, name: string, given: Given, tried: Tried): string {
  const item = [
    `  - name: ${scalar(name)}`,
    `    given: ${flow(given as unknown as Json)}`,
    `    expect: ${flow(expectationOf(tried))}`,
    '',
  ].join('\n');
  const begun = text.trimEnd();
  if (begun === '') return `cases:\n${item}`;
  // A list of cases or a single one: another document beside it, so that nothing of it is touched.
  if (!/^cases:/m.test(lastDocument(begun))) return `${begun}\n---\ncases:\n${item}`;
  return /^cases:[\s\S]*\n\S/m.test(lastDocument(begun).replace(/^[\s\S]*?(?=^cases:)/m, ''))
    ? `${begun}\n---\ncases:\n${item}`
    : `${begun}\n${item}`;
}

function lastDocument(text: string): string {
  return text.split(/^---.*$/m).at(-1) ?? '';
}

function expectationOf(tried: Tried): Json {
  const { trace, status } = tried;
  const rules = [
    ...new Set(rulesOf(trace).flatMap(({ policy, rule, matched }) => (matched ? [`${policy}/${rule}`] : []))),
  ];
  const common = rules.length === 0 ? undefined : { rules };
  if (trace.outcome === 'denied') {
    return {
      deny: { status, ...(trace.errorCode === null ? undefined : { code: trace.errorCode }) },
      ...common,
    };
  }
  const target = trace.attempts.find(({ failure }) => failure === null)?.target ?? trace.plan?.targets[0];
  const tags = Object.keys(trace.tags).length === 0 ? undefined : { tags: trace.tags };
  return {
    ...(target === undefined ? undefined : { target }),
    ...common,
    ...tags,
    attempts: trace.attempts.length,
  };
}

/** JSON in YAML's flow form: names without quotes where they need none. */
function flow(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(flow).join(', ')}]`;
  if (isJsonObject(value)) {
    const pairs = Object.entries(value).filter(([, one]) => one !== undefined);
    return pairs.length === 0
      ? '{}'
      : `{ ${pairs.map(([key, one]) => `${scalar(key)}: ${flow(one!)}`).join(', ')} }`;
  }
  return typeof value === 'string' ? scalar(value) : JSON.stringify(value);
}

const words = /^[A-Za-z][\w/.-]*$/;
const reserved = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

function scalar(text: string): string {
  return words.test(text) && !reserved.test(text) ? text : JSON.stringify(text);
}
