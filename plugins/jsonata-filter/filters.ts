import jsonata from 'jsonata';
import type { JsonObject, RequestContext, ResponseContext } from '../../sdk/index.ts';
import type { FilterOptions, JsonataOptions } from './options.ts';

/** A filter, with the places of its expressions among all those of the file. */
export interface Filter {
  readonly name: string;
  readonly on: 'answer' | 'sentence';
  readonly expression: number;
  /** Null where it holds for every request. */
  readonly when: number | null;
}

/** Functions that the engine has not: they need parts of Node. */
const missing: ReadonlySet<unknown> = new Set(['base64encode', 'base64decode']);

/**
 * The filters of a file and the texts of their expressions.
 *
 * @throws Error where an expression does not compile, with its place.
 */
export function readFilters({ filters }: Pick<JsonataOptions, 'filters'>): {
  readonly filters: readonly Filter[];
  readonly expressions: readonly string[];
} {
  const expressions: string[] = [];
  const add = (text: string, what: string): number => {
    check(text, what);
    return expressions.push(text) - 1;
  };
  const names = new Set<string>();
  const read = filters.map(({ name, on, expression, when }: FilterOptions, index): Filter => {
    if (names.has(name)) throw new Error(`filters[${index}]: the name ${name} is taken; give it another`);
    names.add(name);
    return {
      name,
      on,
      expression: add(expression, `filters[${index}].expression`),
      when: when === undefined ? null : add(when, `filters[${index}].when`),
    };
  });
  return { filters: read, expressions };
}

function check(text: string, what: string): void {
  let ast: unknown;
  try {
    ast = jsonata(text).ast();
  } catch (error) {
    const { message, position } = error as { message?: string; position?: number };
    throw new Error(`${what}: ${message}${position ? ` (character ${position})` : ''}`);
  }
  const absent = missingFunction(ast);
  if (absent !== null) throw new Error(`${what}: there is no $${absent} here; leave it out`);
}

function missingFunction(node: unknown): string | null {
  if (typeof node !== 'object' || node === null) return null;
  const { type, value } = node as { readonly type?: unknown; readonly value?: unknown };
  if (type === 'variable' && missing.has(value)) return String(value);
  for (const part of Object.values(node)) {
    const found = missingFunction(part);
    if (found !== null) return found;
  }
  return null;
}

/** What expressions read of a request beside the answer: the facts of `match`, and where the answer is from. */
export function factsOf(ctx: RequestContext | ResponseContext): JsonObject {
  const { identity, view } = ctx;
  const target = 'target' in ctx ? ctx.target : null;
  return {
    tenant: {
      id: identity.tenant.id,
      plan: identity.tenant.plan,
      region: identity.tenant.region,
      labels: { ...identity.tenant.labels },
    },
    key: { id: identity.key.id, name: identity.key.name },
    // JSONata's functions fail on null and pass over what is not there.
    user: identity.user ?? undefined,
    feature: identity.feature ?? undefined,
    model: view.model,
    api: view.api,
    stream: view.stream,
    headers: { ...ctx.headers },
    tags: { ...ctx.tags },
    ...('cached' in ctx ? { cached: ctx.cached } : undefined),
    ...(target === null
      ? undefined
      : { target: { id: target.id, provider: target.provider, model: target.model, region: target.region } }),
  };
}
