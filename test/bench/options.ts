import { parseArgs } from 'node:util';
import { type VariantName, variantNames } from './variants.ts';

/** What to measure and for how long. */
export interface BenchOptions {
  /** Targets besides the bare proxy, which is always measured. */
  readonly only: readonly VariantName[];
  readonly rounds: number;
  /** Length of each measurement. */
  readonly seconds: number;
  /** How often each target is started to measure its start time. */
  readonly starts: number;
  /** Parts measured inside one process: those that promises are about, all of them, or all of them and no more. */
  readonly micro: 'promised' | 'all' | 'only';
  readonly json: boolean;
}

export const usage = `usage: npm run bench -- [options]
  --quick        two short rounds: less than a minute, for a first look
  --seconds N    length of each measurement (default 1.8)
  --only NAME    measure this target besides the bare proxy: ${variantNames.join(', ')}; may be repeated
  --micro        only the parts inside the gateway: rules, sandbox calls, JSON edits, stream events
  --json         print one JSON document instead of tables
  --help         this text
`;

/** Used the wrong way; the message says how. */
export class UsageError extends Error {}

/** Reads the command line; null when help was asked for. */
export function parseOptions(args: readonly string[]): BenchOptions | null {
  const values = parse(args);
  if (values.help) return null;
  const seconds = Number(values.seconds ?? (values.quick ? 0.8 : 1.8));
  if (!(seconds > 0 && seconds <= 60)) {
    throw new UsageError(`--seconds: expected a number above 0 and up to 60, got '${values.seconds}'`);
  }
  return {
    only: onlyNames(values.only ?? []),
    rounds: values.quick ? 2 : 5,
    seconds,
    starts: values.quick ? 1 : 3,
    micro: values.micro ? 'only' : values.quick ? 'promised' : 'all',
    json: values.json ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean' },
        seconds: { type: 'string' },
        only: { type: 'string', multiple: true },
        micro: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function onlyNames(asked: readonly string[]): readonly VariantName[] {
  if (asked.length === 0) return variantNames.filter((name) => name !== 'bare');
  for (const name of asked) {
    if (!variantNames.some((known) => known === name)) {
      throw new UsageError(`--only: expected one of ${variantNames.join(', ')}, got '${name}'`);
    }
  }
  return variantNames.filter((name) => name !== 'bare' && asked.includes(name));
}
