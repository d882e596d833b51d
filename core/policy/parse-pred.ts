import { isJsonObject, type Json } from '../../sdk/json.ts';
import { didYouMean } from '../text/nearest.ts';
import { leafKinds } from './leaves/table.ts';
import type { Need, Pred } from './plan.ts';
import { PlanError, readArgs, readNumber, readText, show } from './reader.ts';

const maxDepth = 32;
const maxMembers = 256;
const joins = ['all', 'any', 'not'];

/** What one plan may hold in all; counts down, so that nested lists cannot multiply. */
export interface NodeBudget {
  left: number;
}

/**
 * A predicate as it crossed from the sandbox -> a checked one.
 *
 * @param needs facts that the hook has; a leaf that reads others is refused
 * @throws PlanError
 */
export function parsePred(
  value: Json | undefined,
  needs: readonly Need[],
  budget: NodeBudget,
  depth = 0,
): Pred {
  if (depth > maxDepth)
    throw new PlanError(`a predicate nested deeper than ${maxDepth}; split it into rules`);
  if (--budget.left < 0) throw new PlanError('a plan with too many predicates and verbs; split the file');
  if (!isJsonObject(value) || typeof value['$p'] !== 'string') {
    throw new PlanError(`expected a predicate such as tier('frontier') or true, got ${show(value)}`);
  }
  const name = value['$p'];
  const args = value['args'] ?? null;
  if (name === 'all' || name === 'any') {
    const of = readArgs(args, `${name}()`, maxMembers);
    if (of.length === 0) throw new PlanError(`${name}(): expected at least one predicate, got none`);
    return { p: name, of: of.map((one) => parsePred(one, needs, budget, depth + 1)) };
  }
  if (name === 'not') {
    const [of] = readArgs(args, 'not()', 1);
    return { p: 'not', of: parsePred(of, needs, budget, depth + 1) };
  }
  if (name === 'fn') return parseFn(args);
  const kind = leafKinds.get(name);
  if (kind === undefined) {
    const known = [...leafKinds.keys(), 'fn', ...joins];
    throw new PlanError(`unknown predicate ${show(name)}.${didYouMean(name, known)}`);
  }
  if (!needs.includes(kind.need)) {
    const place = kind.need === 'up' ? 'beforeUpstream or afterResponse' : 'afterResponse';
    throw new PlanError(`${name}() reads facts that this hook does not have yet; move the rule to ${place}`);
  }
  return { p: 'leaf', name, need: kind.need, args: kind.parse(args, `${name}()`) };
}

const maxFunctions = 4096;

/** Index of a registered guest function. A forged one only reaches another function of the same module. */
export function readFn(value: Json | undefined, what: string): number {
  return readNumber(value, what, { min: 0, max: maxFunctions, integer: true });
}

function parseFn(args: Json): Pred {
  const [label, index] = readArgs(args, 'fn()', 2);
  return {
    p: 'leaf',
    name: 'fn',
    need: 'req',
    args: [readText(label, 'fn() argument 1', 128), readFn(index, 'fn()')],
  };
}
