import type { Json } from '../../../sdk/json.ts';
import type { Facts } from '../facts.ts';
import { type By, type Need, type Period, periods, subjects } from '../plan.ts';
import { PlanError, readArgs, readNumber, readOneOf, readText } from '../reader.ts';
import { type LeafKind, leafKind } from './leaf.ts';

const comparisons: Readonly<Record<string, (seen: number, a: number, b: number) => boolean>> = {
  gt: (seen, a) => seen > a,
  gte: (seen, a) => seen >= a,
  lt: (seen, a) => seen < a,
  lte: (seen, a) => seen <= a,
  between: (seen, a, b) => seen >= a && seen <= b,
};

/** A number that predicates compare. `keys` are the arguments that say which number, before those compared with. */
interface NumberFact<Keys extends readonly Json[]> {
  readonly need: Need;
  readonly capability?: string;
  readonly keyCount: number;
  keys(args: readonly Json[], name: string): Keys;
  see(facts: Facts, keys: Keys): number | null;
}

function numberLeaves<Keys extends readonly Json[]>(
  fact: string,
  { need, capability, keyCount, keys, see }: NumberFact<Keys>,
): Record<string, LeafKind> {
  const leaves = Object.entries(comparisons).map(([op, compare]) => {
    const count = op === 'between' ? 2 : 1;
    const kind = leafKind<readonly Json[]>({
      need,
      ...(capability === undefined ? undefined : { capability }),
      parse(args, name) {
        const list = readArgs(args, name, keyCount + count);
        const limits = Array.from({ length: count }, (_, i) =>
          readNumber(list[keyCount + i], `${name} argument ${i + 1}`),
        );
        if (count === 2 && limits[0]! > limits[1]!) {
          throw new PlanError(`${name}: expected the smaller number first, got ${limits.join(' and ')}`);
        }
        return [...keys(list, name), ...limits];
      },
      prepare(args) {
        const which = args.slice(0, keyCount) as unknown as Keys;
        const a = args[keyCount] as number;
        const b = args[keyCount + 1] as number;
        return {
          see: (facts) => see(facts, which),
          holds: (seen) => seen !== null && compare(seen as number, a, b),
        };
      },
    });
    return [`${fact}.${op}`, kind] as const;
  });
  return Object.fromEntries(leaves);
}

function plainNumber(need: Need, see: (facts: Facts) => number, capability?: string): NumberFact<[]> {
  return {
    need,
    keyCount: 0,
    keys: () => [],
    see,
    ...(capability === undefined ? undefined : { capability }),
  };
}

function budgetNumber(field: 'used' | 'usd'): NumberFact<[Period, By]> {
  return {
    need: 'req',
    capability: 'budget',
    keyCount: 2,
    keys: ([period, by], name) => [
      readOneOf(period, `${name} period`, periods),
      by === null ? 'tenant' : readOneOf(by, `${name} by`, subjects),
    ],
    see: (facts, [period, by]) => facts.budget(period, by)[field],
  };
}

const parameter: NumberFact<[string]> = {
  need: 'req',
  keyCount: 1,
  keys: ([name], what) => [readText(name, `${what} parameter`, 128)],
  see({ ctx: { view } }, [name]) {
    const value = Object.hasOwn(view.params, name) ? view.params[name] : undefined;
    return typeof value === 'number' ? value : null;
  },
};

/** Predicates that compare a number. Where the number is unknown (a parameter that was not sent) none holds. */
export const comparingLeaves: Readonly<Record<string, LeafKind>> = {
  ...numberLeaves(
    'tokensIn',
    plainNumber('req', ({ ctx }) => ctx.view.inputTokens),
  ),
  ...numberLeaves('budget.used', budgetNumber('used')),
  ...numberLeaves('budget.usd', budgetNumber('usd')),
  ...numberLeaves('param', parameter),
  ...numberLeaves(
    'up.attempt',
    plainNumber('up', ({ attempt }) => attempt),
  ),
  ...numberLeaves(
    'resp.tokensOut',
    plainNumber('resp', ({ resp }) => resp?.tokensOut ?? 0),
  ),
  ...numberLeaves(
    'resp.usd',
    plainNumber('resp', ({ resp }) => resp?.usd ?? 0, 'cost'),
  ),
  ...numberLeaves(
    'resp.ms',
    plainNumber('resp', ({ resp }) => resp?.ms ?? 0),
  ),
};
