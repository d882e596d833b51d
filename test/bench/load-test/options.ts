import { parseArgs } from 'node:util';
import { UsageError } from '../options.ts';

/** A load test: how much, against what, and what is good enough. */
export interface LoadOptions {
  /** Null starts a gateway on the built-in mock for it. */
  readonly url: string | null;
  readonly key: string | null;
  readonly model: string;
  /** Requests a second that are expected at the busiest time. */
  readonly peak: number;
  readonly factor: number;
  readonly seconds: number;
  /** Share of the requests that ask for a stream, 0 to 1. */
  readonly streams: number;
  readonly p95Ms: number;
  /** Share of the requests that may fail, 0 to 1. */
  readonly maxErrors: number;
  readonly json: boolean;
}

export const usage = `usage: npm run load -- [options]
  --peak N          requests a second at the busiest time that you expect (default 25)
  --factor N        sends this many times as much (default 2)
  --seconds N       how long (default 60)
  --url URL         the gateway; without it one is started on the built-in mock
  --anywhere        URL may be another machine than this one: it is sent real requests, which cost what they cost
  --key KEY         sent as Authorization: Bearer (GATEWAY_KEY)
  --model NAME      alias to ask for (default mock)
  --streams N       share of the requests that ask for a stream, 0 to 1 (default 0.5)
  --p95-ms N        p95 of the time to an answer's first byte may be this (default 250)
  --max-errors N    share of the requests that may fail, in percent (default 0.1)
  --json            print one JSON document
  --help            this text

Exit code 0 where both hold, 1 where one does not, 2 where it was used wrongly or the machine was too slow to tell.
`;

/** Reads the command line; null when help was asked for. @throws UsageError */
export function parseLoadOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): LoadOptions | null {
  const values = parse(args);
  if (values.help === true) return null;
  const url = values.url ?? null;
  if (url !== null) checkUrl(url, values.anywhere === true);
  return {
    url: url?.replace(/\/+$/, '') ?? null,
    key: values.key ?? env['GATEWAY_KEY'] ?? null,
    model: values.model ?? 'mock',
    peak: number('peak', values.peak, 25, 0.1, 20_000),
    factor: number('factor', values.factor, 2, 0.1, 100),
    seconds: number('seconds', values.seconds, 60, 1, 86_400),
    streams: number('streams', values.streams, 0.5, 0, 1),
    p95Ms: number('p95-ms', values['p95-ms'], 250, 1, 600_000),
    maxErrors: number('max-errors', values['max-errors'], 0.1, 0, 100) / 100,
    json: values.json ?? false,
  };
}

/** A load test at the wrong address is an attack, or a bill. */
function checkUrl(text: string, anywhere: boolean): void {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new UsageError(`--url: expected an address such as http://127.0.0.1:4000, got '${text}'`);
  }
  if (anywhere || /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)) return;
  throw new UsageError(
    `--url: ${url.hostname} is not this machine. Every request is a real one there and costs what it costs; --anywhere sends them all the same`,
  );
}

function number(name: string, text: string | undefined, usual: number, least: number, most: number): number {
  if (text === undefined) return usual;
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new UsageError(`--${name}: expected a number from ${least} to ${most}, got '${text}'`);
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        url: text,
        anywhere: flag,
        key: text,
        model: text,
        peak: text,
        factor: text,
        seconds: text,
        streams: text,
        'p95-ms': text,
        'max-errors': text,
        json: flag,
        help: flag,
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
