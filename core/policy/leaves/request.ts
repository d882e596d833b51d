import type { Json } from '../../../sdk/json.ts';
import type { Api } from '../../../sdk/view.ts';
import type { Facts } from '../facts.ts';
import { PlanError, readArgs, readObject, readOneOf, readText } from '../reader.ts';
import type { RegexSource } from '../regex.ts';
import { compileRegex, defaultMaxChars } from '../regex.ts';
import { globLeaf, type LeafKind, leafKind, nameLeaf } from './leaf.ts';

const tiers = ['mini', 'standard', 'frontier'] as const;
const apis = ['chat', 'completions', 'embeddings', 'messages', 'responses'] as const satisfies readonly Api[];
const features = ['tools', 'images', 'stream', 'json', 'system'] as const;
/** Longest header value that a trace shows. */
const shownHeaderChars = 64;

/** One or more of fixed words. */
export function parseWords<const T extends string>(allowed: readonly T[]): (args: Json, name: string) => T[] {
  return (args, name) => {
    const words = readArgs(args, name, allowed.length).map((one, i) =>
      readOneOf(one, `${name} argument ${i + 1}`, allowed),
    );
    if (words.length === 0) readOneOf(undefined, `${name} argument 1`, allowed);
    return words;
  };
}

export const parseTiers = parseWords(tiers);

/** A pattern as it crossed, refused when it is not safe for hostile text of `maxChars`. */
export function parseRegex(
  value: Json | undefined,
  what: string,
  maxChars?: number,
): { source: string; flags: string } {
  const { source, flags } = readObject(value, what, ['source', 'flags']);
  if (typeof source !== 'string' || typeof flags !== 'string') {
    throw new PlanError(`${what}: expected a regular expression such as /refund/i`);
  }
  const result = compileRegex({ source, flags }, maxChars);
  if (!result.ok) throw new PlanError(`${what}: ${result.message}`);
  return { source, flags };
}

/** A pattern that `parseRegex` has accepted, for texts of any length: the first `maxChars` are scanned. */
export function safeRegex(source: RegexSource, maxChars = defaultMaxChars): (text: string) => boolean {
  const result = compileRegex(source, maxChars);
  if (!result.ok) throw new PlanError(result.message);
  const { regex } = result;
  return (text) => regex.test(text.length > maxChars ? text.slice(0, maxChars) : text);
}

const header = leafKind<[string, string | { source: string; flags: string } | null]>({
  need: 'req',
  parse(args, name) {
    const [header, match] = readArgs(args, name, 2);
    const lower = readText(header, `${name} argument 1`, 128).toLowerCase();
    if (match === undefined || match === null) return [lower, null];
    if (typeof match === 'string') return [lower, match];
    return [lower, parseRegex(match, `${name} argument 2`)];
  },
  prepare([name, match]) {
    const test =
      match === null
        ? () => true
        : typeof match === 'string'
          ? (text: string) => text === match
          : safeRegex(match);
    const value = (headers: Readonly<Record<string, string>>) =>
      Object.hasOwn(headers, name) ? headers[name]! : null;
    return {
      see({ ctx }) {
        const text = value(ctx.headers);
        return text !== null && text.length > shownHeaderChars ? `${text.slice(0, shownHeaderChars)}…` : text;
      },
      holds(_, { ctx }) {
        const text = value(ctx.headers);
        return text !== null && test(text);
      },
    };
  },
});

/** A leaf that asks whether a table has a name, with one of some values where any are given. */
function entryLeaf(table: (facts: Facts) => Readonly<Record<string, string>>): LeafKind {
  return leafKind<string[]>({
    need: 'req',
    parse(args, name) {
      const list = readArgs(args, name, 64);
      return [
        readText(list[0], `${name} argument 1`),
        ...list.slice(1).map((one) => readText(one, `${name} value`)),
      ];
    },
    prepare: ([key, ...values]) => ({
      see(facts) {
        const entries = table(facts);
        return Object.hasOwn(entries, key!) ? entries[key!]! : null;
      },
      holds: (seen) => seen !== null && (values.length === 0 || values.includes(seen as string)),
    }),
  });
}

const has = leafKind<(typeof features)[number][]>({
  need: 'req',
  parse: parseWords(features),
  // Any of those named, as with every other predicate that takes several; all() asks for several at once.
  prepare: (wanted) => ({
    see: ({ ctx: { view } }) =>
      wanted.filter((feature) => {
        switch (feature) {
          case 'tools':
            return view.tools.length > 0;
          case 'images':
            return view.imageCount > 0;
          case 'stream':
            return view.stream;
          case 'json':
            return view.wantsJson;
          case 'system':
            return view.hasSystem;
        }
        return false;
      }),
    holds: (seen) => (seen as readonly string[]).length > 0,
  }),
});

/** Predicates about who asks and what for. */
export const requestLeaves: Readonly<Record<string, LeafKind>> = {
  tenant: globLeaf('req', ({ ctx }) => ctx.identity.tenant.id),
  plan: nameLeaf('req', ({ ctx }) => ctx.identity.tenant.plan),
  region: nameLeaf('req', ({ ctx }) => ctx.identity.tenant.region),
  key: globLeaf('req', ({ ctx }) => ctx.identity.key.id),
  user: globLeaf('req', ({ ctx }) => ctx.identity.user),
  feature: globLeaf('req', ({ ctx }) => ctx.identity.feature),
  model: globLeaf('req', ({ ctx }) => ctx.view.model),
  tier: nameLeaf('req', (facts) => facts.tier, parseTiers),
  api: nameLeaf('req', ({ ctx }) => ctx.view.api, parseWords(apis)),
  header,
  label: entryLeaf(({ ctx }) => ctx.identity.tenant.labels),
  tagged: entryLeaf(({ ctx }) => ctx.tags),
  has,
};
