/** Several measurements of one thing. */
export interface Spread {
  readonly mean: number;
  /** Standard deviation of the sample; 0 for fewer than two. */
  readonly deviation: number;
}

/** Mean and deviation; both 0 for no measurement. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) return { mean: 0, deviation: 0 };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return { mean, deviation: 0 };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}
