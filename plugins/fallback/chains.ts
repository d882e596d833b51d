import type { Fallback, Models, Target } from '../../sdk/index.ts';
import type { ChainEntry } from './options.ts';

/** A chain as a plan takes it: all that is tried, in order. */
export type Chain = readonly (string | Fallback)[];

/**
 * The chains as plans take them. One that begins with one of the alias's own targets is the whole order; any other comes
 * after them.
 *
 * @throws Error that names every unknown name with the nearest one, and every entry that repeats.
 */
export function readChains(
  chains: Readonly<Record<string, readonly ChainEntry[]>>,
  models: Models,
): Readonly<Record<string, Chain>> {
  const problems: string[] = [];
  const read = Object.entries(chains).map(([name, entries]) => [
    name,
    readChain(name, entries, models, problems),
  ]);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return Object.freeze(Object.fromEntries(read) as Record<string, Chain>);
}

function readChain(name: string, entries: readonly ChainEntry[], models: Models, problems: string[]): Chain {
  const at = `chains.${name}`;
  const own = known(name, at, models, problems);
  const fallbacks = entries.map((entry): string | Fallback =>
    typeof entry === 'string'
      ? entry
      : entry.on === undefined
        ? entry.target
        : { to: entry.target, on: entry.on },
  );
  const resolved = fallbacks.map((entry, index) => known(nameOf(entry), `${at}[${index}]`, models, problems));
  if (own === undefined || resolved.includes(undefined)) return fallbacks;

  const [first] = fallbacks;
  const isWhole = typeof first === 'string' && resolved[0]!.every((target) => has(own, target));
  if (isWhole && first !== name && models.strategy(name) !== 'ordered') {
    problems.push(
      `${at}: "${name}" chooses among its targets by strategy ${models.strategy(name)}, which a chain of those targets would end. List only what comes after them, or begin the chain with ${name}`,
    );
  }
  const seen = isWhole ? [] : [...own];
  for (const [index, targets] of resolved.entries()) {
    const entry = nameOf(fallbacks[index]!);
    const repeats = targets!.every((target) => has(seen, target));
    seen.push(...targets!);
    if (repeats) problems.push(`${at}[${index}]: ${whyRepeated(entry, name, isWhole, targets!, own)}`);
  }
  return isWhole ? fallbacks : [name, ...fallbacks];
}

function whyRepeated(
  entry: string,
  name: string,
  isWhole: boolean,
  targets: readonly Target[],
  own: readonly Target[],
): string {
  if (entry === name) return `the chain comes back to "${name}", whose targets have been asked by then`;
  if (!isWhole && targets.every((target) => has(own, target))) {
    return `"${entry}" is what "${name}" asks anyway, before its chain. Leave it out, or begin the chain with it: then the chain is the whole order`;
  }
  return `"${entry}" repeats: the entries before it have asked its targets by then`;
}

/** The targets of a name; where it has none the problem is noted. */
function known(name: string, at: string, models: Models, problems: string[]): readonly Target[] | undefined {
  const targets = models.resolve(name);
  if (targets !== undefined) return targets;
  const nearest = models.nearest(name);
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  problems.push(`${at}: "${name}" is no alias and no provider/model of the configuration${hint}`);
  return undefined;
}

/** The alias or target id of an entry. */
export function nameOf(entry: string | Fallback): string {
  return typeof entry === 'string' ? entry : entry.to;
}

function has(targets: readonly Target[], { id }: Target): boolean {
  return targets.some((target) => target.id === id);
}
