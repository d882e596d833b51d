import { nearest } from '../text/nearest.ts';
import { LinearRegExp } from './match-regexp.ts';

/** What a `match` expression can read, and whether it is an object with facts of its own. */
export const matchFacts = {
  tenant: 'object',
  key: 'object',
  user: 'text',
  feature: 'text',
  model: 'text',
  api: 'text',
  stream: 'boolean',
  headers: 'object',
  tags: 'object',
} as const;

/** Part of JSONata's syntax tree, as far as it is looked at here; its own types leave half of it out. */
interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly position?: number;
  readonly steps?: readonly Node[];
  readonly procedure?: Node;
  readonly [part: string]: unknown;
}

/** Something wrong in an expression; `position` is the 1-based character where it is, 0 where unknown. */
export interface MatchFault {
  readonly message: string;
  readonly position: number;
}

/**
 * Constructs that could run long, grow large, or give different answers to the same facts. Without functions of
 * its own, ranges and `$eval` an expression ends after a number of steps that its length and the facts bound.
 */
const refusedTypes: Readonly<Record<string, string>> = {
  lambda: 'functions of your own do not belong in "match"; write a policy for it',
  transform: 'transforms do not belong in "match"; write a policy for it',
};
const refusedFunctions: Readonly<Record<string, string>> = {
  eval: 'it runs text as code',
  pad: 'its result can be of any size',
  random: 'the same facts must give the same decision',
  now: 'the same facts must give the same decision',
  millis: 'the same facts must give the same decision',
};
const comparisons: ReadonlySet<unknown> = new Set(['=', '!=', '<', '<=', '>', '>=', 'in']);

/** Finds what makes an expression unfit for `match`: unknown facts, comparisons that never hold, unsafe parts. */
export function checkMatch(ast: unknown): MatchFault[] {
  const faults: MatchFault[] = [];
  const fault = (node: Node, message: string) => faults.push({ message, position: node.position ?? 0 });

  /** `rooted` while names are looked up in the facts themselves and not in something found in them. */
  function walk(node: unknown, rooted: boolean): void {
    if (Array.isArray(node)) {
      for (const item of node) walk(item, rooted);
      return;
    }
    if (typeof node !== 'object' || node === null || node instanceof RegExp) return;
    const current = node as Node;
    look(current);
    if (current.type === 'path') {
      const [first, ...rest] = current.steps ?? [];
      if (rooted && first?.type === 'name') checkName(first);
      walk(first, rooted && first?.type !== 'name');
      walk(rest, false);
      return;
    }
    for (const [part, value] of Object.entries(current)) {
      const within = part === 'stages' || part === 'predicate' || part === 'group';
      if (typeof value === 'object') walk(value, rooted && !within);
    }
  }

  function look(node: Node): void {
    const refused = refusedTypes[String(node.type)];
    if (refused) fault(node, refused);
    if (node.type === 'binary' && node.value === '..') fault(node, 'ranges do not belong in "match"');
    if (node.type === 'binary' && comparisons.has(node.value)) {
      checkOperand(node['lhs'] as Node, node.value);
      // Right of `in` an object is as wrong as left of it.
      checkOperand(node['rhs'] as Node, node.value);
    }
    if (node.type === 'variable' && Object.hasOwn(refusedFunctions, String(node.value))) {
      fault(node, `$${node.value} cannot be used in "match": ${refusedFunctions[String(node.value)]}`);
    }
    if (node.type === 'regex' && node.value instanceof RegExp) checkRegExp(node, node.value);
  }

  function checkName(node: Node): void {
    const name = String(node.value);
    const known = Object.keys(matchFacts);
    if (known.includes(name)) return;
    const near = nearest(name, known);
    fault(
      node,
      `unknown fact "${name}"; ${near ? `did you mean "${near}"?` : `known are: ${known.join(', ')}`}`,
    );
  }

  /** `tenant = "acme"` compares an object with a text, and so would never hold. */
  function checkOperand(node: Node | undefined, operator: unknown): void {
    const step = node?.type === 'path' && node.steps?.length === 1 ? node.steps[0] : undefined;
    const name = step?.type === 'name' && !step['stages'] ? String(step.value) : '';
    if (!Object.hasOwn(matchFacts, name) || matchFacts[name as keyof typeof matchFacts] !== 'object') return;
    const example = name === 'tenant' || name === 'key' ? `${name}.id` : `${name}."name"`;
    fault(
      step!,
      `"${name}" has facts of its own, so "${operator}" never holds; compare one of them: ${example}`,
    );
  }

  function checkRegExp(node: Node, regexp: RegExp): void {
    try {
      new LinearRegExp(regexp);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      fault(
        node,
        `/${regexp.source}/ cannot run in linear time (${reason}); write it without lookaround and back-references`,
      );
    }
  }

  walk(ast, true);
  return faults;
}
