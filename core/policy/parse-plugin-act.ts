import { RE2JS } from 're2js';
import type { Json, JsonObject } from '../../sdk/json.ts';
import { parseRegex } from './leaves/request.ts';
import { type PluginAct, type PluginVerb, periods, subjects } from './plan.ts';
import {
  PlanError,
  readArgs,
  readBoolean,
  readId,
  readList,
  readNumber,
  readObject,
  readOneOf,
  readText,
} from './reader.ts';

const kinds = ['email', 'phone', 'card', 'ip', 'secret'] as const;
const roles = ['system', 'user', 'assistant', 'tool'] as const;
/** Never a free text: the gateway scopes it, so one tenant cannot name another's. */
const namespaces = ['tenant', 'key', 'user'] as const;
const maxCount = 1_000_000_000;
/** Counters hold nano-dollars exactly up to here. */
const maxLimitUsd = 9_000_000;
const yearSeconds = 31_536_000;

type Reader = (value: Json, what: string) => Json;

/** Reads those options that were given, each with its own reader. */
function readOptions(
  value: Json | undefined,
  what: string,
  readers: Readonly<Record<string, Reader>>,
): JsonObject {
  const given = readObject(value, what, Object.keys(readers));
  const pairs = Object.entries(given).map(([key, one]) => [
    key,
    readers[key]!(one as Json, `${what} ${key}`),
  ]);
  return Object.fromEntries(pairs) as JsonObject;
}

const flag: Reader = (value, what) => readBoolean(value, what, false);
const amount: Reader = (value, what) => readNumber(value, what, { min: 0, max: maxCount });
const whole: Reader = (value, what) => readNumber(value, what, { min: 0, max: maxCount, integer: true });
const pattern: Reader = (value, what) => parseRegex(value, what);

/** The longest `holdback`, in characters. */
const maxHoldback = 4096;

/** A pattern that is looked for in pieces of a stream: on the linear engine alone, and never where there is nothing. */
const streamPattern: Reader = (value, what) => {
  const { source, flags } = parseRegex(value, what);
  let empty: boolean;
  try {
    empty = RE2JS.compile(RE2JS.translateRegExp(source), linearFlags(flags)).matcher('').find();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new PlanError(
      `${what}: /${source}/ cannot run on a stream (${why}); write it without lookaround and back-references`,
    );
  }
  if (empty) throw new PlanError(`${what}: /${source}/ matches the empty text; write what must be there`);
  return { source, flags };
};

function linearFlags(flags: string): number {
  let bits = 0;
  if (flags.includes('i')) bits |= RE2JS.CASE_INSENSITIVE;
  if (flags.includes('m')) bits |= RE2JS.MULTILINE;
  if (flags.includes('s')) bits |= RE2JS.DOTALL;
  return bits;
}

function redact(args: Json): PluginAct {
  const [what, given] = readArgs(args, 'redact()', 2);
  const subject =
    typeof what === 'object'
      ? readOptions(what, 'redact() argument 1', {
          name: (value, where) => readId(value, where),
          re: pattern,
        })
      : readOneOf(what, 'redact() argument 1', kinds);
  if (typeof subject === 'object' && (subject['name'] === undefined || subject['re'] === undefined)) {
    throw new PlanError('redact(): expected both name and re, such as { name: "employee", re: /E-\\d{6}/ }');
  }
  const options =
    given === undefined || given === null
      ? {}
      : readOptions(given, 'redact()', {
          restore: flag,
          as: (value, where) => readText(value, where, 64),
          roles: (value, where) => readList(value, where, (one, at) => readOneOf(one, at, roles), { max: 4 }),
        });
  return { a: 'redact', options: { what: subject, ...options } };
}

function limit(args: Json): PluginAct {
  const options = readOptions(readArgs(args, 'limit()', 1)[0], 'limit()', {
    by: (value, what) => readOneOf(value, what, subjects),
    per: (value, what) => readOneOf(value, what, periods),
    requests: whole,
    tokens: whole,
    usd: (value, what) => readNumber(value, what, { min: 0, max: maxLimitUsd }),
    concurrent: whole,
  });
  if (options['by'] === undefined || options['per'] === undefined || Object.keys(options).length < 3) {
    throw new PlanError('limit(): expected by, per and at least one of requests, tokens, usd, concurrent');
  }
  return { a: 'limit', options };
}

function cache(args: Json): PluginAct {
  const [given] = readArgs(args, 'cache()', 1);
  if (given === 'bypass') return { a: 'cache', options: { bypass: true } };
  const options = readOptions(given, 'cache()', {
    ttl: (value, what) => readNumber(value, `${what} (seconds)`, { min: 0, max: yearSeconds }),
    namespace: (value, what) => readOneOf(value, what, namespaces),
    vary: (value, what) => readList(value, what, (one, where) => readText(one, where), { max: 16 }),
  });
  if (options['ttl'] === undefined) throw new PlanError("cache(): expected 'bypass' or { ttl: seconds }");
  return { a: 'cache', options };
}

function shadow(args: Json): PluginAct {
  const [to, given] = readArgs(args, 'shadow()', 2);
  const options = readOptions(given, 'shadow()', {
    sample: (value, what) => readNumber(value, what, { min: 0, max: 1 }),
    maxUsdPerDay: amount,
  });
  if (options['sample'] === undefined || options['maxUsdPerDay'] === undefined) {
    throw new PlanError('shadow(): expected both sample (0 to 1) and maxUsdPerDay');
  }
  return { a: 'shadow', options: { to: readText(to, 'shadow() target'), ...options } };
}

function output(args: Json): PluginAct {
  const options = readOptions(readArgs(args, 'output()', 1)[0], 'output()', {
    block: streamPattern,
    mask: streamPattern,
    maxTokens: (value, what) => readNumber(value, what, { min: 1, max: maxCount, integer: true }),
    json: flag,
    holdback: (value, what) => readNumber(value, what, { min: 2, max: maxHoldback, integer: true }),
  });
  if (Object.keys(options).every((name) => name === 'holdback')) {
    throw new PlanError('output(): expected at least one of block, mask, maxTokens, json, got none');
  }
  return { a: 'output', options };
}

/** The verbs that a plugin of the folder carries out. Their options are checked here, so that a plugin need not. */
export const pluginVerbParsers: Readonly<Record<PluginVerb, (args: Json) => PluginAct>> = {
  redact,
  limit,
  cache,
  shadow,
  output,
};
