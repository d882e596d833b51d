import { stripTypeScriptTypes } from 'node:module';
import type { Problem } from '../problem.ts';

export type Stripped =
  | { readonly ok: true; readonly source: string }
  | { readonly ok: false; readonly problem: Problem };

/**
 * A policy's TypeScript without its types. Types become spaces, so every line and column stays where its author
 * sees it. Only erasable syntax is allowed.
 */
export function stripTypes(file: string, text: string): Stripped {
  try {
    return { ok: true, source: stripTypeScriptTypes(text, { mode: 'strip' }) };
  } catch (error) {
    return { ok: false, problem: syntaxProblem(file, error) };
  }
}

/** Node puts the place before the stack: `:line`, the source around it, and carets under the column. */
function syntaxProblem(file: string, error: unknown): Problem {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  const line = /^:(\d+)\n/.exec(stack)?.[1];
  const carets = /^( *)\^+$/m.exec(stack)?.[1];
  return {
    file,
    line: line === undefined ? 1 : Number(line),
    column: carets === undefined ? 1 : carets.length + 1,
    severity: 'error',
    message: `the file is not valid TypeScript that only needs its types removed: ${message}`,
  };
}
