import { parseArgs } from 'node:util';
import { UsageError } from '../options.ts';

export interface SoakOptions {
  readonly minutes: number;
  readonly perSecond: number;
  readonly json: boolean;
}

export const usage = `usage: npm run soak -- [options]
  --minutes N   how long (default 30)
  --rate N      requests a second (default 40)
  --json        print one JSON document, samples included
  --help        this text

Runs a gateway with every feature on and looks at its memory, its handles and its event loop. Exit code 1 where one of them
does not stay where it is.
`;

/** Reads the command line; null when help was asked for. @throws UsageError */
export function parseSoakOptions(args: readonly string[]): SoakOptions | null {
  let values: { minutes?: string; rate?: string; json?: boolean; help?: boolean };
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    ({ values } = parseArgs({
      args: [...args],
      options: { minutes: text, rate: text, json: flag, help: flag },
    }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (values.help === true) return null;
  return {
    minutes: number('minutes', values.minutes, 30, 10_000),
    perSecond: number('rate', values.rate, 40, 10_000),
    json: values.json ?? false,
  };
}

function number(name: string, text: string | undefined, usual: number, most: number): number {
  if (text === undefined) return usual;
  const value = Number(text);
  if (value > 0 && value <= most) return value;
  throw new UsageError(`--${name}: expected a number above 0 and up to ${most}, got '${text}'`);
}
