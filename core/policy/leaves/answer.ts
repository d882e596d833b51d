import { readArgs, readNumber } from '../reader.ts';
import { type LeafKind, leafKind, nameLeaf, parseNames } from './leaf.ts';
import { parseTiers } from './request.ts';

/** `up.target('mini')`: the target itself, or any target of the alias. */
const upTarget = leafKind<string[]>({
  need: 'up',
  parse: parseNames,
  prepare: (names) => ({
    see: ({ up }) => up?.target ?? null,
    holds: (seen, { sources }) =>
      names.some(
        (name) => name === seen || sources.models.resolve(name)?.some(({ id }) => id === seen) === true,
      ),
  }),
});

const respStatus = leafKind<number[]>({
  need: 'resp',
  parse(args, name) {
    const list = readArgs(args, name, 64);
    const range = { min: 100, max: 599, integer: true };
    if (list.length === 0) readNumber(undefined, `${name} argument 1`, range);
    return list.map((one, i) => readNumber(one, `${name} argument ${i + 1}`, range));
  },
  prepare: (statuses) => ({
    see: ({ resp }) => resp?.status ?? null,
    holds: (seen) => statuses.includes(seen as number),
  }),
});

const respCached = leafKind<[]>({
  need: 'resp',
  parse: (args, name) => {
    readArgs(args, name, 0);
    return [];
  },
  prepare: () => ({ see: ({ resp }) => resp?.cached ?? false, holds: (seen) => seen === true }),
});

/** Predicates about the target of an attempt and about the finished answer. */
export const answerLeaves: Readonly<Record<string, LeafKind>> = {
  'up.target': upTarget,
  'up.vendor': nameLeaf('up', ({ up }) => up?.vendor ?? null),
  'up.tier': nameLeaf('up', ({ up }) => up?.tier ?? null, parseTiers),
  'up.region': nameLeaf('up', ({ up }) => up?.region ?? null),
  'resp.status': respStatus,
  'resp.finish': nameLeaf('resp', ({ resp }) => resp?.finish ?? null),
  'resp.cached': respCached,
};
