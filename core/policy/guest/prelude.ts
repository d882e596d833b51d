// The module 'sluice' as policies import it, inside the sandbox. Self-contained: no imports, no host objects but
// the one below. Everything it makes is plain data; the host checks all of it again, so what is checked here only
// serves the author, who gets the error at the line that is wrong.

interface Host {
  register(fn: unknown): number;
  emit(json: string): void;
  log(level: string, text: string): void;
}
type Node = Readonly<Record<string, unknown>>;

const host = (globalThis as unknown as { __sluice: Host }).__sluice;
const toJson = JSON.stringify;
const tiers = ['mini', 'standard', 'frontier'];
const periodNames = ['minute', 'hour', 'day', 'month'];
const byNames = ['tenant', 'key', 'user', 'feature', 'model', 'ip'];
const apiNames = ['chat', 'completions', 'embeddings', 'messages', 'responses'];
const featureNames = ['tools', 'images', 'stream', 'json', 'system'];
const redactable = ['email', 'phone', 'card', 'ip', 'secret'];

// ---- argument checks

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof RegExp) return String(value);
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

function wrong(call: string, expected: string, got: unknown): TypeError {
  return new TypeError(`${call}: expected ${expected}, got ${shown(got)}`);
}

function text(call: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw wrong(call, 'a text', value);
  return value;
}

function texts(call: string, values: readonly unknown[]): string[] {
  if (values.length === 0) throw wrong(call, 'at least one text', undefined);
  return values.map((value) => text(call, value));
}

function word(call: string, value: unknown, allowed: readonly string[]): string {
  if (!allowed.includes(value as string)) throw wrong(call, `one of ${allowed.join(', ')}`, value);
  return value as string;
}

function words(call: string, values: readonly unknown[], allowed: readonly string[]): string[] {
  if (values.length === 0) throw wrong(call, `one of ${allowed.join(', ')}`, undefined);
  return values.map((value) => word(call, value, allowed));
}

function number(call: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(call, 'a number', value);
  return value;
}

function regex(call: string, value: unknown): Node {
  if (!(value instanceof RegExp)) throw wrong(call, 'a regular expression such as /refund/i', value);
  return { source: value.source, flags: value.flags };
}

function code(call: string, value: unknown): number {
  if (typeof value !== 'function') throw wrong(call, 'a function', value);
  return host.register(value);
}

/** Options as plain data: patterns become data, undefined ones go. */
function options(call: string, value: unknown, optional = false): Record<string, unknown> | null {
  if (optional && value === undefined) return null;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof RegExp) {
    throw wrong(call, 'an object of options', value);
  }
  const plain: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const one = (value as Record<string, unknown>)[key];
    if (one !== undefined) plain[key] = one instanceof RegExp ? regex(call, one) : one;
  }
  return plain;
}

// ---- predicates

const needOrder = ['req', 'up', 'resp'];

function pred(name: string, need: string, args: readonly unknown[]): Node {
  return Object.freeze({ $p: name, need, args: Object.freeze(args) });
}

function preds(call: string, values: readonly unknown[]): Node[] {
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

// ---- verbs

function act(name: string, args: readonly unknown[]): Node {
  return Object.freeze({ $a: name, args: Object.freeze(args) });
}

function acts(call: string, values: readonly unknown[]): Node[] {
  if (values.length === 0) throw wrong(call, "at least one verb such as deny(403, 'code')", undefined);
  for (const value of values) {
    if (typeof value !== 'object' || value === null || !('$a' in value)) throw wrong(call, 'a verb', value);
  }
  return values as Node[];
}

export function deny(status: unknown, errorCode: unknown, message?: unknown): Node {
  const words = message === undefined ? [] : [text('deny() message', message)];
  return act('deny', [number('deny() status', status), text('deny() code', errorCode), ...words]);
}
export function use(target: unknown, o?: unknown): Node {
  const given = options('use() argument 2', o, true);
  return act('use', given === null ? [text('use()', target)] : [text('use()', target), given]);
}
export function pick(arms: unknown, o?: unknown): Node {
  if (!Array.isArray(arms)) throw wrong('pick()', 'a list of { to, weight }', arms);
  const given = options('pick() argument 2', o, true);
  const plain = arms.map((arm) => options('pick() arm', arm));
  return act('pick', given === null ? [plain] : [plain, given]);
}
export function fallback(...targets: unknown[]): Node {
  return act('fallback', texts('fallback()', targets));
}
export function split(salt: unknown, by: unknown, arms: unknown): Node {
  const plain = options('split() arms', arms)!;
  for (const name of Object.keys(plain)) {
    const arm = options(`split() arm ${name}`, plain[name])!;
    number(`split() arm ${name} share`, arm['share']);
    if (arm['do'] !== undefined) {
      if (!Array.isArray(arm['do'])) throw wrong(`split() arm ${name} do`, 'a list of verbs', arm['do']);
      if (arm['do'].length > 0) acts(`split() arm ${name} do`, arm['do']);
    }
    plain[name] = arm;
  }
  return act('split', [text('split() salt', salt), word('split() by', by, byNames), plain]);
}
export const chain = (o: unknown) => act('chain', [options('chain()', o)]);
export const only = (o: unknown) => act('only', [options('only()', o)]);
export const rewrite = (o: unknown) => act('rewrite', [options('rewrite()', o)]);
export const limit = (o: unknown) => act('limit', [options('limit()', o)]);
export const retry = (o: unknown) => act('retry', [options('retry()', o)]);
export const output = (o: unknown) => act('output', [options('output()', o)]);
export const tag = (o: unknown) => act('tag', [options('tag()', o)]);
export const cache = (o: unknown) => act('cache', [o === 'bypass' ? o : options('cache()', o)]);
export const shadow = (target: unknown, o: unknown) =>
  act('shadow', [text('shadow()', target), options('shadow()', o)]);
export const run = (f: unknown) => act('run', [code('run()', f)]);
export function redact(what: unknown, o?: unknown): Node {
  const kind = typeof what === 'string' ? word('redact()', what, redactable) : options('redact()', what);
  const given = options('redact() argument 2', o, true);
  return act('redact', given === null ? [kind] : [kind, given]);
}

// ---- rules and policies

/** File, line and column of a stack frame: `    at name (file:line:col)` or `    at file:line:col`. */
function frame(line: string): { file: string; line: number; column: number } | null {
  if (!line.trim().startsWith('at ')) return null;
  const open = line.lastIndexOf('(');
  const place = open >= 0 ? line.slice(open + 1, line.lastIndexOf(')')) : line.trim().slice('at '.length);
  const parts = place.split(':');
  const tail = parts.splice(Math.max(1, parts.length - 2)).map(Number);
  if (tail.length === 0 || tail.some((n) => !Number.isInteger(n))) return null;
  return { file: parts.join(':'), line: tail[0] ?? 1, column: tail[1] ?? 1 };
}

function frames() {
  const lines = String(new Error().stack).split('\n');
  return lines.map(frame).filter((one) => one !== null);
}

const ownFile = frames()[0]?.file ?? 'sluice';

/** Where the policy's file called into this one. */
function callSite(): { line: number; column: number } {
  const site = frames().find(({ file }) => file !== ownFile);
  return { line: site?.line ?? 1, column: site?.column ?? 1 };
}

const knownRules = new Set<unknown>();

function ruleBuilder(hook: string) {
  return (id: unknown, when: unknown, ...then: unknown[]): Node => {
    const call = `${hook}(${shown(id)})`;
    const { line, column } = callSite();
    const rule = Object.freeze({
      rule: knownRules.size,
      hook,
      id: text(`${hook}() id`, id),
      line,
      column,
      when: when === true ? true : preds(`${call} predicate`, [when])[0],
      acts: acts(call, then),
    });
    knownRules.add(rule);
    // Announced by itself as well, so that a rule left out of every policy() is noticed.
    host.emit(toJson({ rule: rule.rule, id: rule.id, line }));
    return rule;
  };
}

export const onRequest = ruleBuilder('onRequest');
export const route = ruleBuilder('route');
export const beforeUpstream = ruleBuilder('beforeUpstream');
export const afterResponse = ruleBuilder('afterResponse');

export function policy(id: unknown, o: unknown, ...rules: unknown[]): Node {
  const call = `policy(${shown(id)})`;
  const given = options(`${call} options`, o)!;
  word(`${call} kind`, given['kind'], ['guard', 'shape']);
  if (given['match'] !== undefined) preds(`${call} match`, [given['match']]);
  if (rules.length === 0) throw wrong(call, 'at least one rule', undefined);
  for (const rule of rules) if (!knownRules.has(rule)) throw wrong(call, 'a rule such as route(…)', rule);
  const { line } = callSite();
  host.emit(toJson({ policy: text('policy() id', id), line, options: given, rules }));
  return Object.freeze({ id });
}

// ---- helpers

/** A stable number in [0, 1); the same function as the host's, see core/policy/hash.ts. */
export function hash(value: unknown, salt: unknown = ''): number {
  let h = mixed(0x811c9dc5, String(salt));
  h = Math.imul(h ^ 0x1f, 0x01000193);
  h = mixed(h, String(value));
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

function mixed(h: number, value: string): number {
  for (let i = 0; i < value.length; i++) h = Math.imul(h ^ value.charCodeAt(i), 0x01000193);
  return h;
}

export function log(...values: unknown[]): void {
  host.log('info', values.map((one) => (typeof one === 'string' ? one : toJson(one))).join(' '));
}
