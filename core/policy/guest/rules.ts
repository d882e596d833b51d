import { host, type Node, options, shown, text, toJson, word, wrong } from './check.ts';
import { preds } from './predicates.ts';
import { acts } from './verbs.ts';

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
