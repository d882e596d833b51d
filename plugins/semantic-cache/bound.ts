/** Steps of the search; each halves the interval: 60 leave less than 1e-18. */
const halvings = 60;
/** Terms of the continued fraction: reached only where a and b are in the hundred thousands. */
const mostTerms = 10_000;
const smallest = 1e-300;

/**
 * One-sided Clopper-Pearson upper bound: with probability `confidence` the true share of wrong answers is below it,
 * whatever the share is. It is the `confidence` quantile of Beta(wrong + 1, total - wrong).
 * Clopper and Pearson, "The use of confidence or fiducial limits", Biometrika 26 (1934).
 * @param wrong whole number from 0 to `total`; @param total whole number; without any trial the bound is 1
 */
export function upperBound(wrong: number, total: number, confidence = 0.95): number {
  check(wrong, total, confidence);
  return wrong >= total ? 1 : betaQuantile(confidence, wrong + 1, total - wrong);
}

/** One-sided Clopper-Pearson lower bound: the `1 - confidence` quantile of Beta(right, total - right + 1). */
export function lowerBound(right: number, total: number, confidence = 0.95): number {
  check(right, total, confidence);
  return right === 0 ? 0 : betaQuantile(1 - confidence, right, total - right + 1);
}

function check(count: number, total: number, confidence: number): void {
  if (!Number.isInteger(count) || !Number.isInteger(total) || count < 0 || count > total) {
    throw new RangeError(`expected whole numbers, the first at most the second; came ${count} of ${total}`);
  }
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`expected a confidence between 0 and 1; came ${confidence}`);
}

/** Where the regularised incomplete beta function reaches `share`. By halving: it grows steadily, so nothing can go astray. */
function betaQuantile(share: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < halvings; step++) {
    const middle = (low + high) / 2;
    if (betaCdf(middle, a, b) < share) low = middle;
    else high = middle;
  }
  // The upper end: a bound may be too careful, never too bold.
  return high;
}

/** Regularised incomplete beta function I_x(a, b), by its continued fraction (NIST DLMF 8.17.22). */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b));
  // The fraction converges fast below the mean; above it the other tail is computed.
  if (x < (a + 1) / (a + b + 2)) return (front * fraction(x, a, b)) / a;
  return 1 - (front * fraction(1 - x, b, a)) / b;
}

/** The continued fraction, evaluated from the front by Lentz's method. */
function fraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= mostTerms; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    const change = d * c;
    result *= change;
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return result;
}

function nonZero(value: number): number {
  return Math.abs(value) < smallest ? smallest : value;
}

/** Stirling's series with three terms above 10, reached by the recurrence; about 1e-11 relative (NIST DLMF 5.11.1). */
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 10; z++) shift += Math.log(z);
  const inverse = 1 / (z * z);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / z;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
