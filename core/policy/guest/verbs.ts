import { byNames, code, type Node, number, options, text, texts, word, wrong } from './check.ts';

const redactable = ['email', 'phone', 'card', 'ip', 'secret'];

function act(name: string, args: readonly unknown[]): Node {
  return Object.freeze({ $a: name, args: Object.freeze(args) });
}

export function acts(call: string, values: readonly unknown[]): Node[] {
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
