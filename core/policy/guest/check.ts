// The parts in this folder make up the module 'sluice' that policies import inside the sandbox; see prelude-join.ts.
// Everything it makes is plain data, and the host checks all of it again: what is checked here only serves the
// author, who gets the error at the line that is wrong.

interface Host {
  register(fn: unknown): number;
  emit(json: string): void;
  log(level: string, text: string): void;
}
/** A predicate, a verb or another piece of the plan. */
export type Node = Readonly<Record<string, unknown>>;

export const host = (globalThis as unknown as { __sluice: Host }).__sluice;
export const toJson = JSON.stringify;
export const tiers = ['mini', 'standard', 'frontier'];
export const periodNames = ['minute', 'hour', 'day', 'month'];
export const byNames = ['tenant', 'key', 'user', 'feature', 'model', 'ip'];

export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof RegExp) return String(value);
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

export function wrong(call: string, expected: string, got: unknown): TypeError {
  return new TypeError(`${call}: expected ${expected}, got ${shown(got)}`);
}

export function text(call: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw wrong(call, 'a text', value);
  return value;
}

export function texts(call: string, values: readonly unknown[]): string[] {
  if (values.length === 0) throw wrong(call, 'at least one text', undefined);
  return values.map((value) => text(call, value));
}

export function word(call: string, value: unknown, allowed: readonly string[]): string {
  if (!allowed.includes(value as string)) throw wrong(call, `one of ${allowed.join(', ')}`, value);
  return value as string;
}

export function words(call: string, values: readonly unknown[], allowed: readonly string[]): string[] {
  if (values.length === 0) throw wrong(call, `one of ${allowed.join(', ')}`, undefined);
  return values.map((value) => word(call, value, allowed));
}

export function number(call: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(call, 'a number', value);
  return value;
}

export function regex(call: string, value: unknown): Node {
  if (!(value instanceof RegExp)) throw wrong(call, 'a regular expression such as /refund/i', value);
  return { source: value.source, flags: value.flags };
}

export function code(call: string, value: unknown): number {
  if (typeof value !== 'function') throw wrong(call, 'a function', value);
  return host.register(value);
}

/** Options as plain data: patterns become data, undefined ones go. */
export function options(call: string, value: unknown, optional = false): Record<string, unknown> | null {
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
