import { isJsonObject, type Json } from '../../sdk/json.ts';
import type { HookName } from '../../sdk/trace.ts';
import { didYouMean } from '../text/nearest.ts';
import { pluginVerbParsers } from './parse-plugin-act.ts';
import { type NodeBudget, readFn } from './parse-pred.ts';
import { parseChain, parseConstraint, parseRetry, parseRewrite } from './parse-verb-options.ts';
import { type Act, type SplitArm, subjects } from './plan.ts';
import {
  PlanError,
  readArgs,
  readBoolean,
  readId,
  readList,
  readMap,
  readNumber,
  readObject,
  readOneOf,
  readText,
  show,
} from './reader.ts';

const anywhere: readonly HookName[] = ['onRequest', 'route', 'beforeUpstream', 'afterResponse'];
const beforeRouting: readonly HookName[] = ['onRequest', 'route'];
const onlyRoute: readonly HookName[] = ['route'];

interface VerbKind {
  readonly hooks: readonly HookName[];
  parse(args: Json, nested: Nested): Act;
}

/** Where a verb stands: at run time there is no further code to run. */
export interface Nested {
  readonly hook: HookName;
  readonly budget: NodeBudget;
  readonly depth: number;
  readonly allowRun: boolean;
}

const maxTagChars = 512;
const maxFallbacks = 8;
const maxNesting = 4;

const verbs: ReadonlyMap<string, VerbKind> = new Map(
  Object.entries({
    deny: {
      hooks: anywhere,
      parse(args) {
        const [status, code, message] = readArgs(args, 'deny()', 3);
        return {
          a: 'deny',
          status: readNumber(status, 'deny() status', { min: 400, max: 599, integer: true }),
          code: readId(code, 'deny() code'),
          message:
            message === undefined || message === null ? null : readText(message, 'deny() message', 1000),
        };
      },
    },
    use: {
      hooks: onlyRoute,
      parse(args) {
        const [to, given] = readArgs(args, 'use()', 2);
        const options =
          given === undefined || given === null ? {} : readObject(given, 'use() options', ['override']);
        const override = readBoolean(options['override'], 'use() override', false);
        return { a: 'use', to: readText(to, 'use() target'), override };
      },
    },
    pick: {
      hooks: onlyRoute,
      parse(args) {
        const [arms, given] = readArgs(args, 'pick()', 2);
        const options =
          given === undefined || given === null ? {} : readObject(given, 'pick() options', ['by', 'salt']);
        return {
          a: 'pick',
          arms: readList(arms, 'pick() arms', (arm, what) => {
            const { to, weight } = readObject(arm, what, ['to', 'weight']);
            const range = { min: Number.MIN_VALUE, max: 1_000_000 };
            return { to: readText(to, `${what}.to`), weight: readNumber(weight, `${what}.weight`, range) };
          }),
          by: options['by'] === undefined ? 'user' : readOneOf(options['by'], 'pick() by', subjects),
          salt: options['salt'] === undefined ? 'pick' : readText(options['salt'], 'pick() salt', 128),
        };
      },
    },
    fallback: {
      hooks: onlyRoute,
      parse(args) {
        const targets = readList(args, 'fallback() targets', (one, what) => readText(one, what), {
          max: maxFallbacks,
        });
        return { a: 'fallback', targets: [...new Set(targets)] };
      },
    },
    chain: {
      hooks: onlyRoute,
      parse: (args) => ({ a: 'chain', rule: parseChain(readArgs(args, 'chain()', 1)[0]) }),
    },
    only: {
      hooks: beforeRouting,
      parse: (args) => ({ a: 'only', constraint: parseConstraint(readArgs(args, 'only()', 1)[0]) }),
    },
    split: { hooks: onlyRoute, parse: parseSplit },
    rewrite: {
      hooks: ['onRequest', 'beforeUpstream'],
      parse: (args) => ({ a: 'rewrite', changes: parseRewrite(readArgs(args, 'rewrite()', 1)[0]) }),
    },
    retry: {
      hooks: onlyRoute,
      parse: (args) => ({ a: 'retry', rule: parseRetry(readArgs(args, 'retry()', 1)[0]) }),
    },
    tag: {
      hooks: anywhere,
      parse(args) {
        const [tags] = readArgs(args, 'tag()', 1);
        return { a: 'tag', tags: readMap(tags, 'tag()', (value, what) => readTag(value, what)) };
      },
    },
    run: {
      hooks: anywhere,
      parse(args, { allowRun }) {
        if (!allowRun)
          throw new PlanError('run() is not allowed here; expected other verbs, such as deny() or tag()');
        return { a: 'run', fn: readFn(readArgs(args, 'run()', 1)[0], 'run()') };
      },
    },
    redact: { hooks: ['onRequest'], parse: pluginVerbParsers.redact },
    limit: { hooks: ['onRequest'], parse: pluginVerbParsers.limit },
    cache: { hooks: beforeRouting, parse: pluginVerbParsers.cache },
    shadow: { hooks: onlyRoute, parse: pluginVerbParsers.shadow },
    output: { hooks: ['onRequest', 'route', 'afterResponse'], parse: pluginVerbParsers.output },
  } satisfies Record<string, VerbKind>),
);

function readTag(value: Json, what: string): string {
  if (typeof value !== 'string' || value.length > maxTagChars) {
    throw new PlanError(`${what}: expected a text of at most ${maxTagChars} characters, got ${show(value)}`);
  }
  return value;
}

function parseSplit(args: Json, nested: Nested): Act {
  const [salt, by, arms] = readArgs(args, 'split()', 3);
  const inner: Nested = { ...nested, depth: nested.depth + 1, allowRun: false };
  const parsed = readMap(arms, 'split() arms', (arm, what): Omit<SplitArm, 'name'> => {
    const { share, do: acts } = readObject(arm, what, ['share', 'do']);
    return {
      share: readNumber(share, `${what}.share`, { min: 0, max: 100 }),
      do: acts === undefined ? [] : readList(acts, `${what}.do`, (act) => parseAct(act, inner), { min: 0 }),
    };
  });
  for (const name of Object.keys(parsed)) readId(name, 'split() arm');
  return {
    a: 'split',
    salt: readId(salt, 'split() salt'),
    by: readOneOf(by, 'split() by', subjects),
    arms: Object.entries(parsed).map(([name, arm]) => ({ name, ...arm })),
  };
}

/**
 * One verb as it crossed from the sandbox -> a checked one.
 *
 * @throws PlanError where it is unknown, wrong, or not allowed in the hook
 */
export function parseAct(value: Json | undefined, nested: Nested): Act {
  if (--nested.budget.left < 0)
    throw new PlanError('a plan with too many predicates and verbs; split the file');
  if (nested.depth > maxNesting) throw new PlanError(`verbs nested deeper than ${maxNesting}`);
  if (!isJsonObject(value) || typeof value['$a'] !== 'string') {
    throw new PlanError(`expected a verb such as deny(403, 'code'), got ${show(value)}`);
  }
  const name = value['$a'];
  const kind = verbs.get(name);
  if (kind === undefined) throw new PlanError(`unknown verb ${show(name)}.${didYouMean(name, verbs.keys())}`);
  if (!kind.hooks.includes(nested.hook)) {
    throw new PlanError(`${name}() does nothing in ${nested.hook}; it belongs in ${kind.hooks.join(' or ')}`);
  }
  return kind.parse(value['args'] ?? null, nested);
}
