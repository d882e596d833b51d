import type { MicroRow } from './micro/row.ts';
import type { TargetSummary, Throughput } from './summary.ts';

/** One promise about speed, and whether the run kept it. */
export interface Judgement {
  readonly what: string;
  readonly wanted: string;
  readonly got: string;
  readonly verdict: 'met' | 'missed' | 'not measured';
}

/** Holds a run against the promises. They are for the default program with three policies. */
export function judge(summaries: readonly TargetSummary[], micro: readonly MicroRow[]): readonly Judgement[] {
  const three = summaries.find(({ name }) => name === 'three');
  const rule = p50Of(micro, 'declarative rule');
  const call = p50Of(micro, 'fn() rule');
  return [
    throughput('185 B', 0.6, three?.small),
    throughput('40 KB', 0.7, three?.large),
    below('added latency p99 at 500 requests/s', 2000, three?.latency.p99Us.median),
    below('added delay per SSE chunk, median', 100, three?.chunkDelay.p50Us.median),
    below('a declarative rule', 2, rule),
    below('an fn() rule, isolation included', 60, call),
    ...translations.map(([what, name, mostUs]) => below(what, mostUs, p50Of(micro, name))),
  ];
}

/** What translating may cost, in microseconds. */
const translations: readonly (readonly [what: string, part: string, mostUs: number])[] = [
  ['translating a 2-KB request, chat to messages', 'request of 2 KB, chat to messages', 40],
  ['translating a 2-KB request, messages to chat', 'request of 2 KB, messages to chat', 40],
  ['translating a streamed event, provider messages', 'streamed event, chat to messages', 15],
  ['translating a streamed event, provider chat', 'streamed event, messages to chat', 15],
];

function p50Of(micro: readonly MicroRow[], name: string): number | undefined {
  const row = micro.find((one) => one.name === name);
  return row?.measured ? row.p50Us : undefined;
}

function atLeast(what: string, least: number, got: number | undefined): Judgement {
  return judgement(
    what,
    `at least ${least.toFixed(2)}`,
    got,
    (value) => value >= least,
    (value) => value.toFixed(2),
  );
}

/** On a core that was shared, CPU per request says what requests per second would have said. */
function throughput(size: string, least: number, of: Throughput | undefined): Judgement {
  const by = of?.disturbed ? ', by CPU' : '';
  const got = of?.disturbed ? of.cpuRatio.median : of?.ratio.median;
  return atLeast(`requests/s, ${size}, to the bare proxy${by}`, least, got);
}

function below(what: string, mostUs: number, gotUs: number | undefined): Judgement {
  const words = (value: number): string => `${value < 10 ? value.toFixed(2) : Math.round(value)} µs`;
  return judgement(what, `below ${mostUs} µs`, gotUs, (value) => value < mostUs, words);
}

function judgement(
  what: string,
  wanted: string,
  got: number | undefined,
  holds: (value: number) => boolean,
  words: (value: number) => string,
): Judgement {
  if (got === undefined || Number.isNaN(got)) return { what, wanted, got: '–', verdict: 'not measured' };
  return { what, wanted, got: words(got), verdict: holds(got) ? 'met' : 'missed' };
}
