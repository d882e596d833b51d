/** A value as it is shown: requests without a feature have an empty one. */
export function nameOf(dimension: string, value: string): string {
  return value === '' ? `no ${dimension}` : value;
}
