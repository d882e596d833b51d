import { GatewayError } from '../../../sdk/errors.ts';
import type { Outcome, Trace } from '../../../sdk/trace.ts';
import { type Query, readQuery } from '../../server/query.ts';
import type { Summary } from './summary.ts';

/** Names of the filters in a query. */
export const filterNames = ['status', 'outcome', 'model', 'tenant', 'key', 'feature', 'policy', 'q'] as const;

const outcomes = [
  'complete',
  'denied',
  'failed',
  'client_gone',
  'interrupted',
  'shutdown',
] as const satisfies readonly Outcome[];
const maxChars = 200;

/** Which requests somebody wants to see. */
export interface TrafficFilter {
  /** The same filter as a query, for another process: the same text for the same filter. */
  readonly query: string;
  /** By what its summary says. */
  matches(summary: Summary): boolean;
  /** A policy or plugin, or `policy/rule`, that took part; null where any may. Only the whole record knows. */
  readonly policy: string | null;
}

/**
 * Reads the filters of a query; all of them must hold. Texts are compared as they are: no pattern is made of them.
 *
 * @throws GatewayError 400 `invalid_request` that names the parameter.
 */
export function readFilter(query: Query): TrafficFilter {
  const text = (name: (typeof filterNames)[number]) => {
    const value = query.text(name);
    if (value === undefined || value.length <= maxChars) return value;
    throw refused(name, `at most ${maxChars} characters`, `${value.length}`);
  };
  const status = readStatus(text('status'));
  const outcome = query.oneOf('outcome', outcomes);
  const model = text('model');
  const tenant = text('tenant');
  const key = text('key');
  const feature = text('feature');
  const q = text('q')?.toLowerCase();
  const given = new URLSearchParams();
  for (const name of filterNames) {
    const value = text(name);
    if (value !== undefined) given.set(name, value);
  }
  return {
    query: given.toString(),
    policy: text('policy') ?? null,
    matches: (one) =>
      (status === null || (one.status >= status.least && one.status <= status.most)) &&
      (outcome === undefined || one.outcome === outcome) &&
      (model === undefined || one.alias === model || one.model === model) &&
      (tenant === undefined || one.tenant === tenant) &&
      (key === undefined || one.key === key) &&
      (feature === undefined || one.feature === feature) &&
      (q === undefined || holds(one, q)),
  };
}

/** The filter of a `query`. */
export function filterOf(query: string): TrafficFilter {
  return readFilter(readQuery(`?${query}`, filterNames));
}

/** Whether a step or rule of that name did something about a request. */
export function hasPolicy({ steps }: Pick<Trace, 'steps'>, policy: string): boolean {
  return steps.some(({ name, file, decision, rules }) => {
    if (rules === undefined) return decision !== 'unmatched' && (name === policy || file === policy);
    return rules.some(
      (rule) => rule.matched && (rule.policy === policy || `${rule.policy}/${rule.rule}` === policy),
    );
  });
}

const searched = [
  'request_id',
  'alias',
  'model',
  'provider',
  'tenant',
  'key',
  'feature',
  'error_code',
  'denied_by',
] as const satisfies readonly (keyof Summary)[];

function holds(summary: Summary, lower: string): boolean {
  return searched.some((name) => summary[name]?.toLowerCase().includes(lower) === true);
}

/** `429`, or `4xx` for all of a kind. */
function readStatus(text: string | undefined): { readonly least: number; readonly most: number } | null {
  if (text === undefined) return null;
  if (/^[1-5]xx$/.test(text)) {
    const least = Number(text[0]) * 100;
    return { least, most: least + 99 };
  }
  if (/^[1-5]\d\d$/.test(text)) return { least: Number(text), most: Number(text) };
  throw refused(
    'status',
    'a status such as 429, or 4xx for all of a kind',
    JSON.stringify(text.slice(0, 60)),
  );
}

function refused(param: string, expected: string, came: string): GatewayError {
  return new GatewayError('invalid_request', `${param}: expected ${expected}; came ${came}.`, { param });
}
