import type { Embedder } from '../../../sdk/embedder.ts';
import { lowerBound, upperBound } from '../bound.ts';
import { compareFacts } from '../guard/compare.ts';
import { extractFacts } from '../guard/extract.ts';
import { GUARD_VERSION } from '../guard/facts.ts';
import {
  type EvaluatedLevel,
  type Evaluation,
  evaluatedLevels,
  type Measured,
  type Share,
} from './evaluation.ts';
import type { Pair } from './pairs.ts';

const confidence = 0.95;
const usualThresholds = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98];
const batchSize = 32;

export interface EvaluateOptions {
  /** Similarities from which a pair is served, besides the floor. @default 0.5 to 0.98 in eight steps */
  readonly thresholds?: readonly number[];
  /** @default the embedder's own */
  readonly floor?: number;
  readonly signal?: AbortSignal;
  /** Called after every batch. */
  readonly progress?: (done: number, total: number) => void;
}

/** A pair with all that decides about it. */
interface Judged {
  readonly pair: Pair;
  readonly similarity: number;
  /** Rule that refused, by level; null where the pair may be served. */
  readonly refusedBy: Readonly<Record<EvaluatedLevel, string | null>>;
}

/**
 * Serves the answer of `a` for `b`, pair by pair, as a cache with nothing else in it would, and counts.
 * @throws where the embedder fails: half a measurement is none
 */
export async function evaluatePairs(
  pairs: readonly Pair[],
  embedder: Embedder,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const floor = options.floor ?? embedder.floor;
  const thresholds = [...new Set([...(options.thresholds ?? usualThresholds), floor])].sort((a, b) => a - b);
  const judged = await judge(pairs, embedder, options);
  const categories = new Map<string, Judged[]>([['all', judged]]);
  for (const one of judged) {
    const list = categories.get(one.pair.source);
    if (list === undefined) categories.set(one.pair.source, [one]);
    else list.push(one);
  }
  return {
    version: 1,
    embedder: embedder.identity,
    dimensions: embedder.dimensions,
    guardVersion: GUARD_VERSION,
    floor,
    pairs: pairs.length,
    confidence,
    measured: [...categories].flatMap(([category, list]) =>
      evaluatedLevels.flatMap((level) =>
        thresholds.map((threshold) => measure(category, level, threshold, list)),
      ),
    ),
    refusals: countRefusals(judged, floor),
    curves: evaluatedLevels.map((level) => ({ level, points: curve(judged, level) })),
  };
}

async function judge(
  pairs: readonly Pair[],
  embedder: Embedder,
  options: EvaluateOptions,
): Promise<Judged[]> {
  const { signal } = options;
  const judged: Judged[] = [];
  for (let at = 0; at < pairs.length; at += batchSize) {
    const batch = pairs.slice(at, at + batchSize);
    const texts = batch.flatMap(({ a, b }) => [a, b]);
    const vectors = await embedder.embed(texts, signal === undefined ? {} : { signal });
    batch.forEach((pair, index) => {
      const stored = extractFacts(pair.a);
      const asked = extractFacts(pair.b);
      judged.push({
        pair,
        similarity: dot(vectors[index * 2]!, vectors[index * 2 + 1]!),
        refusedBy: {
          off: null,
          rules: compareFacts(asked, stored, 'rules')?.rule ?? null,
          strict: compareFacts(asked, stored, 'strict')?.rule ?? null,
        },
      });
    });
    options.progress?.(judged.length, pairs.length);
  }
  return judged;
}

function dot(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += one[at]! * other[at]!;
  return sum;
}

function measure(
  category: string,
  level: EvaluatedLevel,
  threshold: number,
  list: readonly Judged[],
): Measured {
  let [same, admitted, hits, wrong] = [0, 0, 0, 0];
  for (const { pair, similarity, refusedBy } of list) {
    if (pair.same) same++;
    if (similarity < threshold) continue;
    if (pair.same) admitted++;
    if (refusedBy[level] !== null) continue;
    if (pair.same) hits++;
    else wrong++;
  }
  return {
    category,
    level,
    threshold,
    hits: highShare(hits, same),
    wrong: lowShare(wrong, list.length - same),
    wrongOfServed: lowShare(wrong, hits + wrong),
    kept: highShare(hits, admitted),
  };
}

function highShare(count: number, total: number): Share {
  if (total === 0) return { count, total, rate: null, bound: null };
  return { count, total, rate: count / total, bound: lowerBound(count, total, confidence) };
}

function lowShare(count: number, total: number): Share {
  if (total === 0) return { count, total, rate: null, bound: null };
  return { count, total, rate: count / total, bound: upperBound(count, total, confidence) };
}

function countRefusals(judged: readonly Judged[], floor: number): Evaluation['refusals'] {
  return (['rules', 'strict'] as const).flatMap((level) => {
    const counts = new Map<string, { different: number; same: number }>();
    for (const { pair, similarity, refusedBy } of judged) {
      const rule = refusedBy[level];
      if (rule === null || similarity < floor) continue;
      const count = counts.get(rule) ?? { different: 0, same: 0 };
      count[pair.same ? 'same' : 'different']++;
      counts.set(rule, count);
    }
    return [...counts]
      .map(([rule, count]) => ({ level, rule, ...count }))
      .sort((a, b) => b.different + b.same - a.different - a.same);
  });
}

function curve(judged: readonly Judged[], level: EvaluatedLevel): Evaluation['curves'][number]['points'] {
  const points: { threshold: number; hitRatio: number; precision: number }[] = [];
  for (let step = 0; step <= 100; step++) {
    const threshold = step / 100;
    const served = judged.filter(
      ({ similarity, refusedBy }) => similarity >= threshold && refusedBy[level] === null,
    );
    if (served.length === 0) break;
    const right = served.filter(({ pair }) => pair.same).length;
    points.push({ threshold, hitRatio: served.length / judged.length, precision: right / served.length });
  }
  return points;
}
