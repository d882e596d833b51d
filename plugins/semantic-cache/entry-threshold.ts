/** A prompt that was near an entry, and whether the entry's answer was right for it. */
export interface Observation {
  /** From 0 to 1. */
  readonly similarity: number;
  readonly right: boolean;
}

/** What is known of every entry: nothing in common is wrong, the same prompt is right. */
const anchors: readonly Observation[] = [
  { similarity: 0, right: false },
  { similarity: 1, right: true },
];
const newtonSteps = 50;
/** The steps of one fit are bounded: where classes are nearly apart they would leap. */
const maxStep = 2;
const gridSize = 50;
const [leastEpsilon, mostEpsilon] = [1e-4, 0.5];

/** What an entry's observations say of its answer. */
export interface Curve {
  /** Similarity at which right and wrong are equally likely. */
  readonly midpoint: number;
  readonly slope: number;
  /** Standard error of the midpoint. */
  readonly error: number;
}

/**
 * The share of requests of this similarity that must be asked upstream, so that at most `target` of all of them get a wrong
 * answer: 0 where the entry may always answer, 1 where it never may.
 *
 * The method is that of vCache (Schroeder et al., arXiv 2502.03771): P(right | similarity) is taken for a logistic curve,
 * fitted to the entry's own observations. For each confidence 1 - epsilon its midpoint is moved up by as many standard
 * errors; (1 - epsilon) times the curve's value is then a lower bound `alpha` of being right, and serving a share of
 * `target / (1 - alpha)` keeps the promise. The best epsilon counts. Where that paper takes the standard error of classes
 * that are perfectly apart from a table, the fit here is penalised with Jeffreys' prior (Firth, Biometrika 80, 1993), so that
 * it is finite and says itself how little is known.
 */
export function exploreShare({ midpoint, slope, error }: Curve, similarity: number, target: number): number {
  let alpha = 0;
  for (const { epsilon, quantile } of grid) {
    const moved = Math.min(1, Math.max(0, midpoint + quantile * error));
    alpha = Math.max(alpha, (1 - epsilon) * logistic(slope * (similarity - moved)));
  }
  return Math.max(0, 1 - target / Math.max(1 - alpha, Number.MIN_VALUE));
}

/** Fits the curve by Newton's method, similarities scaled to mean 0 and deviation 1 meanwhile. A fifth of a millisecond for 64. */
export function curveOf(observed: readonly Observation[]): Curve {
  const observations = [...anchors, ...observed];
  const count = observations.length;
  const mean = observations.reduce((sum, { similarity }) => sum + similarity, 0) / count;
  const variance = observations.reduce((sum, { similarity }) => sum + (similarity - mean) ** 2, 0) / count;
  // The anchors are apart.
  const scale = Math.sqrt(variance);
  const points = observations.map(({ similarity, right }) => ({
    z: (similarity - mean) / scale,
    y: right ? 1 : 0,
  }));
  let b0 = 0;
  let b1 = 0;
  let inverse = information(points, b0, b1);
  for (let step = 0; step < newtonSteps; step += 1) {
    let u0 = 0;
    let u1 = 0;
    for (const { z, y } of points) {
      const p = logistic(b0 + b1 * z);
      const leverage = p * (1 - p) * (inverse.v00 + 2 * inverse.v01 * z + inverse.v11 * z * z);
      const score = y - p + leverage * (0.5 - p);
      u0 += score;
      u1 += score * z;
    }
    const d0 = bounded(inverse.v00 * u0 + inverse.v01 * u1);
    const d1 = bounded(inverse.v01 * u0 + inverse.v11 * u1);
    b0 += d0;
    b1 += d1;
    inverse = information(points, b0, b1);
    if (Math.abs(d0) + Math.abs(d1) < 1e-9) break;
  }
  const slope = Math.max(b1, 1e-6);
  const [g0, g1] = [-1 / slope, b0 / slope ** 2];
  const spread = g0 * g0 * inverse.v00 + 2 * g0 * g1 * inverse.v01 + g1 * g1 * inverse.v11;
  return {
    midpoint: mean - (scale * b0) / slope,
    slope: slope / scale,
    error: scale * Math.sqrt(Math.max(0, spread)),
  };
}

/** The inverse of Fisher's information: the covariance of both coefficients. */
function information(points: readonly { readonly z: number }[], b0: number, b1: number) {
  let [h00, h01, h11] = [1e-12, 0, 1e-12];
  for (const { z } of points) {
    const p = logistic(b0 + b1 * z);
    const weight = p * (1 - p);
    h00 += weight;
    h01 += weight * z;
    h11 += weight * z * z;
  }
  const determinant = h00 * h11 - h01 * h01;
  return { v00: h11 / determinant, v01: -h01 / determinant, v11: h00 / determinant };
}

function bounded(step: number): number {
  return Math.max(-maxStep, Math.min(maxStep, step));
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** Distribution function of the normal distribution, within 1e-7 (Abramowitz and Stegun, 7.1.26). */
function normal(x: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2);
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const half = (series * Math.exp((-x * x) / 2)) / 2;
  return x < 0 ? half : 1 - half;
}

/** Confidences, and how many standard errors they are. */
const grid = Array.from({ length: gridSize }, (_, at) => {
  const epsilon = leastEpsilon * (mostEpsilon / leastEpsilon) ** (at / (gridSize - 1));
  let [low, high] = [0, 8];
  for (let halving = 0; halving < 50; halving += 1) {
    const middle = (low + high) / 2;
    if (normal(middle) < 1 - epsilon) low = middle;
    else high = middle;
  }
  return { epsilon, quantile: high };
});
