import jsonata from 'jsonata';
import type { RequestContext } from '../../sdk/context.ts';
import type { MaybePromise } from '../../sdk/plugin.ts';
import { checkMatch, type MatchFault } from './match-check.ts';
import { LinearRegExp } from './match-regexp.ts';

/** Whether a step applies to a request. A rejection is a failure of the step and follows its `on_failure`. */
export type Match = (ctx: RequestContext) => MaybePromise<boolean>;

export type MatchResult =
  | { readonly ok: true; readonly match: Match }
  | { readonly ok: false; readonly faults: readonly MatchFault[] };

/**
 * Bounds of one evaluation. `checkMatch` already refuses what could run on; these are the second fence. The time is
 * wide, because a pause of the process is not the expression's fault.
 */
const limits = { timeout: 1000, stack: 200, sequence: 10_000 } as const;

/**
 * Compiles a JSONata expression over the facts `tenant`, `key`, `user`, `feature`, `model`, `api`, `stream`,
 * `headers` and `tags`. The result is taken as JSONata's own `$boolean` does: nothing, '', 0, null and empty lists
 * and objects are false.
 *
 * @example compileMatch('tenant.plan = "free" and stream')
 */
export function compileMatch(expression: string): MatchResult {
  let compiled: jsonata.Expression;
  try {
    compiled = jsonata(expression, {
      ...limits,
      // JSONata asks for `new (value: RegExp)` with `exec` and `lastIndex`, and for nothing else of RegExp.
      RegexEngine: LinearRegExp as unknown as RegExpConstructor,
    });
    const faults = checkMatch(compiled.ast());
    if (faults.length > 0) return { ok: false, faults };
  } catch (error) {
    const position = (error as { position?: unknown }).position;
    return {
      ok: false,
      faults: [{ message: describe(error), position: typeof position === 'number' ? position : 0 }],
    };
  }
  return { ok: true, match: (ctx) => evaluate(compiled, ctx) };
}

async function evaluate(compiled: jsonata.Expression, ctx: RequestContext): Promise<boolean> {
  const { identity, view } = ctx;
  try {
    return isTruthy(
      await compiled.evaluate({
        tenant: identity.tenant,
        key: identity.key,
        // JSONata's functions fail on null and pass over what is not there.
        user: identity.user ?? undefined,
        feature: identity.feature ?? undefined,
        model: view.model,
        api: view.api,
        stream: view.stream,
        headers: ctx.headers,
        tags: ctx.tags,
      }),
    );
  } catch (error) {
    throw new Error(`match: ${describe(error)}`, { cause: error });
  }
}

function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isTruthy);
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return typeof value !== 'function' && Boolean(value);
}

/** JSONata throws plain objects with a message, sometimes with a code alone. */
function describe(error: unknown): string {
  const { message, code } = error as { message?: unknown; code?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  return `JSONata error ${String(code)}`;
}
