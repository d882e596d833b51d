import type { GuestFault } from './sandbox.ts';

/** Why a call or a load gave no value; position in the author's file, 1-based, 0 where unknown. */
export interface Failure {
  readonly fault: GuestFault | 'reject-load';
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

export function failure(fault: Failure['fault'], message: string): Failure {
  return { fault, message, line: 0, column: 0 };
}

/** Reads the guest's own description of an error: `{"name","message","stack"}`, all texts, all untrusted. */
export function failureFromGuest(text: string, file: string, memoryGrew: boolean): Failure {
  let described: { name?: unknown; message?: unknown; stack?: unknown } = {};
  try {
    described = JSON.parse(text) as typeof described;
  } catch {
    return failure('error', 'the error could not be described');
  }
  const name = String(described.name ?? '');
  const message = String(described.message ?? '');
  const said = name && message ? `${name}: ${message}` : name || message || 'an error without a message';
  const fault = faultOf(name, message, memoryGrew);
  // The engine's own limits can leave no object behind: out of memory may surface as a thrown null.
  const told = name === 'null' ? (fault === 'memory' ? 'out of memory' : 'null was thrown') : said;
  return { fault, message: told, ...positionIn(String(described.stack ?? ''), file) };
}

function faultOf(name: string, message: string, memoryGrew: boolean): GuestFault {
  if (name === 'null' && memoryGrew) return 'memory';
  // JSON.parse reports its own recursion as a syntax error.
  if (message === 'stack overflow' && (name === 'InternalError' || name === 'SyntaxError')) return 'stack';
  if (name !== 'InternalError') return 'error';
  if (message === 'out of memory') return 'memory';
  if (message === 'interrupted') return 'cpu';
  return 'error';
}

/** The topmost place of a stack trace that lies in the author's file. */
export function positionIn(stack: string, file: string): { line: number; column: number } {
  const mark = `${file}:`;
  const at = stack.indexOf(mark);
  if (at < 0) return { line: 0, column: 0 };
  const numbers = /^(\d{1,9})(?::(\d{1,9}))?/.exec(stack.slice(at + mark.length, at + mark.length + 24));
  return { line: Number(numbers?.[1] ?? 0), column: Number(numbers?.[2] ?? 0) };
}

/** Where a text first occurs in a source, 1-based; 0 where it does not. */
export function positionOf(text: string, source: string): { line: number; column: number } {
  const at = source.indexOf(text);
  if (at < 0) return { line: 0, column: 0 };
  const before = source.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1) as string).length + 1 };
}
