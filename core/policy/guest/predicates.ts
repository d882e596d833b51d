import {
  byNames,
  code,
  type Node,
  number,
  options,
  periodNames,
  regex,
  text,
  texts,
  tiers,
  word,
  words,
  wrong,
} from './check.ts';

const apiNames = ['chat', 'completions', 'embeddings', 'messages', 'responses'];
const featureNames = ['tools', 'images', 'stream', 'json', 'system'];

const needOrder = ['req', 'up', 'resp'];

function pred(name: string, need: string, args: readonly unknown[]): Node {
  return Object.freeze({ $p: name, need, args: Object.freeze(args) });
}

export function preds(call: string, values: readonly unknown[]): Node[] {
  if (values.length === 0) throw wrong(call, 'at least one predicate', undefined);
  for (const value of values) {
    if (typeof value === 'object' && value !== null && '$p' in value) continue;
    const isNumber = typeof value === 'object' && value !== null && 'gt' in value;
    const hint = isNumber
      ? 'a predicate; compare the number with .gt(…), .lt(…) or .between(…)'
      : 'a predicate';
    throw wrong(call, hint, value);
  }
  return values as Node[];
}

function widest(of: readonly Node[]): string {
  return needOrder[Math.max(...of.map(({ need }) => needOrder.indexOf(need as string)))] ?? 'req';
}

function num(name: string, need: string, keys: readonly unknown[] = []): Readonly<Record<string, unknown>> {
  const compare = (op: string) => (n: unknown) =>
    pred(`${name}.${op}`, need, [...keys, number(`${name}.${op}()`, n)]);
  return Object.freeze({
    gt: compare('gt'),
    gte: compare('gte'),
    lt: compare('lt'),
    lte: compare('lte'),
    between: (a: unknown, b: unknown) =>
      pred(`${name}.between`, need, [
        ...keys,
        number(`${name}.between()`, a),
        number(`${name}.between()`, b),
      ]),
  });
}

function named(name: string, need = 'req') {
  return (...values: unknown[]) => pred(name, need, texts(`${name}()`, values));
}

function chosen(name: string, allowed: readonly string[], need = 'req') {
  return (...values: unknown[]) => pred(name, need, words(`${name}()`, values, allowed));
}

export function all(...of: unknown[]): Node {
  const children = preds('all()', of);
  return pred('all', widest(children), children);
}
export function any(...of: unknown[]): Node {
  const children = preds('any()', of);
  return pred('any', widest(children), children);
}
export function not(of: unknown): Node {
  const children = preds('not()', [of]);
  return pred('not', widest(children), children);
}
export const tenant = named('tenant');
export const plan = named('plan');
export const region = named('region');
export const key = named('key');
export const user = named('user');
export const feature = named('feature');
export const model = named('model');
export const tier = chosen('tier', tiers);
export const api = chosen('api', apiNames);
export const has = chosen('has', featureNames);
export function header(name: unknown, match?: unknown): Node {
  const second =
    match === undefined ? [] : [typeof match === 'string' ? match : regex('header() argument 2', match)];
  return pred('header', 'req', [text('header()', name), ...second]);
}
export function label(name: unknown, ...values: unknown[]): Node {
  return pred('label', 'req', texts('label()', [name, ...values]));
}
export function tagged(name: unknown, ...values: unknown[]): Node {
  return pred('tagged', 'req', texts('tagged()', [name, ...values]));
}
export function content(re: unknown, o?: unknown): Node {
  const given = options('content() argument 2', o, true);
  return pred('content', 'req', given === null ? [regex('content()', re)] : [regex('content()', re), given]);
}
export function hours(from: unknown, to: unknown, o: unknown): Node {
  return pred('hours', 'req', [text('hours()', from), text('hours()', to), options('hours() argument 3', o)]);
}
export function ab(share: unknown, o: unknown): Node {
  return pred('ab', 'req', [number('ab()', share), options('ab() argument 2', o)]);
}
export const tokensIn = num('tokensIn', 'req');
export function budget(period: unknown, by?: unknown) {
  const keys = [
    word('budget()', period, periodNames),
    by === undefined ? null : word('budget()', by, byNames),
  ];
  return Object.freeze({ used: num('budget.used', 'req', keys), usd: num('budget.usd', 'req', keys) });
}
export function param(name: unknown) {
  return num('param', 'req', [text('param()', name)]);
}
export const up = Object.freeze({
  target: named('up.target', 'up'),
  vendor: named('up.vendor', 'up'),
  tier: chosen('up.tier', tiers, 'up'),
  region: named('up.region', 'up'),
  attempt: num('up.attempt', 'up'),
});
export const resp = Object.freeze({
  status: (...s: unknown[]) => {
    if (s.length === 0) throw wrong('resp.status()', 'at least one number', undefined);
    return pred(
      'resp.status',
      'resp',
      s.map((one) => number('resp.status()', one)),
    );
  },
  content: (re: unknown) => pred('resp.content', 'resp', [regex('resp.content()', re)]),
  finish: named('resp.finish', 'resp'),
  cached: () => pred('resp.cached', 'resp', []),
  tokensOut: num('resp.tokensOut', 'resp'),
  usd: num('resp.usd', 'resp'),
  ms: num('resp.ms', 'resp'),
});
export function fn(name: unknown, f: unknown): Node {
  return pred('fn', 'req', [text('fn() argument 1', name), code('fn() argument 2', f)]);
}
