import jsonata from 'jsonata';
import type { JsonObject } from '../../sdk/json.ts';
import { LinearRegExp } from '../program/match-regexp.ts';

const limits = { timeout: 1000, stack: 200, sequence: 10_000 } as const;

export type Expression =
  | { readonly ok: true; evaluate(data: JsonObject): Promise<unknown> }
  | { readonly ok: false; readonly message: string };

/** What could run on, or grow to any size: an expression without it ends after steps that its data bounds. */
const refused: Readonly<Record<string, string>> = {
  eval: 'it runs text as code',
  pad: 'its result can be of any size',
  random: 'a run must be repeatable',
  now: 'a run must be repeatable',
  millis: 'a run must be repeatable',
};

/** Compiles a JSONata expression that is bounded in time, depth and size; patterns in it take linear time. */
export function compileExpression(text: string): Expression {
  try {
    const expression = jsonata(text, {
      ...limits,
      RegexEngine: LinearRegExp as unknown as RegExpConstructor,
    });
    const fault = faultIn(expression.ast());
    if (fault !== null) return { ok: false, message: fault };
    return { ok: true, evaluate: (data) => expression.evaluate(data) };
  } catch (error) {
    return { ok: false, message: (error as { message?: string }).message ?? 'no JSONata expression' };
  }
}

function faultIn(node: unknown): string | null {
  if (Array.isArray(node)) {
    for (const item of node) {
      const fault = faultIn(item);
      if (fault !== null) return fault;
    }
    return null;
  }
  if (typeof node !== 'object' || node === null || node instanceof RegExp) return null;
  const { type, value } = node as { type?: unknown; value?: unknown };
  if (type === 'lambda') return 'functions of its own are not allowed';
  if (type === 'binary' && value === '..') return 'ranges are not allowed';
  if (type === 'variable' && Object.hasOwn(refused, String(value)))
    return `$${value} is not allowed: ${refused[String(value)]}`;
  return faultIn(Object.values(node));
}
