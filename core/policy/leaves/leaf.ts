import type { Json } from '../../../sdk/json.ts';
import type { Facts } from '../facts.ts';
import { anyGlob } from '../glob.ts';
import type { Need } from '../plan.ts';
import { readArgs, readText } from '../reader.ts';

/** A leaf ready to be asked: what it looks at, and what it says about that. */
export interface LeafTest {
  /** The value it looks at, as the trace shows it. Never the text of a prompt or an answer. */
  see(facts: Facts): Json;
  holds(seen: Json, facts: Facts): boolean;
}

/** How one predicate of the language is checked at load and made ready. */
export interface LeafKind<Args extends readonly Json[] = readonly Json[]> {
  readonly need: Need;
  /** The group of facts that a plugin must provide; see `Capabilities`. */
  readonly capability?: string;
  /**
   * Arguments as they crossed from the sandbox -> complete and checked ones.
   * @throws PlanError
   */
  parse(args: Json, name: string): Args;
  /** Gets what `parse` returned. */
  prepare(args: Args): LeafTest;
}

/** Keeps the arguments' type within one kind while a table holds many. */
export function leafKind<Args extends readonly Json[]>(kind: LeafKind<Args>): LeafKind {
  return kind as unknown as LeafKind;
}

const maxNames = 256;

/** One or more names. */
export function parseNames(args: Json, name: string): string[] {
  const names = readArgs(args, name, maxNames).map((one, i) => readText(one, `${name} argument ${i + 1}`));
  if (names.length === 0) readText(undefined, `${name} argument 1`);
  return names;
}

/** A leaf that asks whether a text is one of some globs; null never is. */
export function globLeaf(need: Need, see: (facts: Facts) => string | null): LeafKind {
  return leafKind<string[]>({
    need,
    parse: parseNames,
    prepare(globs) {
      const matches = anyGlob(globs);
      return { see, holds: (seen) => seen !== null && matches(seen as string) };
    },
  });
}

/** A leaf that asks whether a text is one of some others, literally. */
export function nameLeaf(
  need: Need,
  see: (facts: Facts) => string | null,
  parse: (args: Json, name: string) => string[] = parseNames,
): LeafKind {
  return leafKind<string[]>({
    need,
    parse,
    prepare: (names) => ({ see, holds: (seen) => names.includes(seen as string) }),
  });
}
