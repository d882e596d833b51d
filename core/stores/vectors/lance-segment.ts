/** A table: rows of one number of dimensions, of one stretch of time. */
export interface Segment {
  readonly dimensions: number;
  /** Higher ones have later rows; all but the highest get no more. */
  readonly number: number;
}

/** The first is named as those of earlier versions were. */
export function tableName(dimensions: number, number = 0): string {
  return number === 0 ? `entries_${dimensions}` : `entries_${dimensions}_${number}`;
}

/** The segments that tables are, the oldest first; what is named otherwise is none of ours. */
export function segmentsOf(names: readonly string[]): Segment[] {
  const segments = names.flatMap((name) => {
    const [dimensions, number] = name
      .replace(/^entries_/, '')
      .split('_')
      .map(Number);
    const segment = { dimensions: dimensions!, number: number ?? 0 };
    return tableName(segment.dimensions, segment.number) === name ? [segment] : [];
  });
  return segments.sort((a, b) => a.dimensions - b.dimensions || a.number - b.number);
}
