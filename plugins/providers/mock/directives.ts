import type { JsonSchema } from '../../../sdk/plugin.ts';
import type { MockFault, MockScript } from './script.ts';

type Change = Partial<MockScript>;

/** One thing that a model name can ask for, as `+name` or `+name-value`, and a scenario as `name: value`. */
export interface Directive {
  readonly name: string;
  /** How it is written in a model name. */
  readonly example: string;
  /** Schema of its value in a scenario. */
  readonly schema: JsonSchema;
  /** What it changes; null where the text is no value for it. `value` is what follows the name, '' for nothing. */
  fromName(value: string): Change | null;
  /** The same from a scenario's value, which has passed the schema. */
  fromData(value: unknown): Change;
}

/** More than this would be a mistake rather than a test: an hour, and a novel. */
const maxMs = 3_600_000;
const maxTokens = 100_000;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

function duration(name: string, sample: string, change: (ms: number) => Change): Directive {
  return {
    name,
    example: `${name}-${sample}`,
    schema: { type: 'string', convert: 'ms' },
    fromName(value) {
      const match = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s|m)$/.exec(value);
      const ms = match === null ? Number.NaN : Number(match[1]) * unitMs[match[2]!]!;
      return ms <= maxMs ? change(Math.round(ms)) : null;
    },
    fromData: (value) => change(value as number),
  };
}

function count(
  name: string,
  sample: string,
  [minimum, maximum]: readonly [number, number],
  change: (count: number) => Change,
  suffix = '',
): Directive {
  return {
    name,
    example: `${name}-${sample}${suffix}`,
    schema: { type: 'integer', minimum, maximum },
    fromName(value) {
      const digits = suffix !== '' && value.endsWith(suffix) ? value.slice(0, -suffix.length) : value;
      const number = /^\d{1,7}$/.test(digits) ? Number(digits) : -1;
      return number >= minimum && number <= maximum ? change(number) : null;
    },
    fromData: (value) => change(value as number),
  };
}

function flag(name: string, change: Change): Directive {
  return {
    name,
    example: name,
    schema: { type: 'boolean' },
    fromName: (value) => (value === '' ? change : null),
    fromData: (value) => (value === true ? change : {}),
  };
}

const fault = (value: MockFault): Change => ({ fault: value });

/** Every directive, in the order of the documentation. Of several faults in one name the last one counts. */
export const directives: readonly Directive[] = [
  duration('slow', '500ms', (slowMs) => ({ slowMs })),
  duration('ttft', '200ms', (ttftMs) => ({ ttftMs })),
  duration('chunk', '20ms', (chunkMs) => ({ chunkMs })),
  {
    name: 'error',
    example: 'error-429',
    schema: { anyOf: [{ const: 200 }, { type: 'integer', minimum: 400, maximum: 599 }] },
    fromName(value) {
      if (value === '200') return fault({ type: 'error-200' });
      return /^[45]\d\d$/.test(value) ? fault({ type: 'error', status: Number(value) }) : null;
    },
    fromData(value) {
      return fault(value === 200 ? { type: 'error-200' } : { type: 'error', status: value as number });
    },
  },
  duration('retry-after', '2s', (retryAfterMs) => ({ retryAfterMs })),
  flag('error-in-stream', fault({ type: 'error-in-stream' })),
  flag('context-length', fault({ type: 'error', status: 400, code: 'context_length_exceeded' })),
  flag('content-filter', fault({ type: 'error', status: 400, code: 'content_filter' })),
  flag('quota', fault({ type: 'error', status: 429, code: 'insufficient_quota' })),
  count('cut', '3', [0, 10_000], (afterEvents) => fault({ type: 'cut', afterEvents })),
  count('stall', '3', [0, 10_000], (afterEvents) => fault({ type: 'stall', afterEvents })),
  flag('reset', fault({ type: 'reset' })),
  flag('malformed', fault({ type: 'malformed' })),
  flag('empty', fault({ type: 'empty' })),
  count('fail', '2', [0, 1000], (failTimes) => ({ failTimes }), '-then-ok'),
  flag('no-usage', { usage: false }),
  count('tokens', '500', [1, maxTokens], (tokens) => ({ tokens })),
  {
    name: 'say',
    example: 'say-hello',
    schema: { type: 'string' },
    // Model names have no spaces: hyphens stand for them.
    fromName: (value) => (value === '' ? null : { say: value.replaceAll('-', ' ') }),
    fromData: (value) => ({ say: value as string }),
  },
  flag('think', { think: true }),
  flag('refuse', { refuse: true }),
];
