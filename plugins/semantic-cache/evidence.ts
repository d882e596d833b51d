import { isJsonObject, type Json } from '../../sdk/index.ts';

/** Checked and wrong answers: of the present era, and ever. */
export type Counts = readonly [wrong: number, total: number, everWrong: number, everTotal: number];

/**
 * What is known of one group, as gateways hand it to each other. Each counts in a row of its own, so rows of two copies
 * never contradict each other: the larger numbers are the later ones. A change of what is served begins a new era, with
 * the rows of the one before summed up in `base`; of two eras the later one holds. Copies that are merged in any order,
 * and as often as one likes, come to the same.
 */
export interface Evidence {
  readonly era: number;
  /** 0: the first floor; above it raised ones; `stopped` of the book: nothing is served. */
  readonly level: number;
  /** By gateway, and `base`. */
  readonly rows: Readonly<Record<string, Counts>>;
}

export const base = 'base';
export const noCounts: Counts = [0, 0, 0, 0];
export const noEvidence: Evidence = { era: 0, level: 0, rows: {} };

/** Rows that a record keeps at most: then an era begins only to sum them up. */
export const maxRows = 24;

export function sumOf({ rows }: Evidence): Counts {
  let sum = noCounts;
  for (const name in rows) sum = plus(sum, rows[name]!);
  return sum;
}

/** The later era; of the same one the larger numbers and the higher level: what is too careful is mended by checks. */
export function merge(a: Evidence, b: Evidence): Evidence {
  if (a.era !== b.era) return a.era > b.era ? a : b;
  const rows: Record<string, Counts> = { ...a.rows };
  for (const name in b.rows) {
    const [own, other] = [rows[name] ?? noCounts, b.rows[name]!];
    rows[name] = [
      Math.max(own[0], other[0]),
      Math.max(own[1], other[1]),
      Math.max(own[2], other[2]),
      Math.max(own[3], other[3]),
    ];
  }
  return { era: a.era, level: Math.max(a.level, b.level), rows };
}

/** The next era, with a share of the counts so far. */
export function nextEra(evidence: Evidence, level: number, share: number): Evidence {
  const [wrong, total, everWrong, everTotal] = sumOf(evidence);
  const rows = {
    [base]: [Math.round(wrong * share), Math.round(total * share), everWrong, everTotal] as const,
  };
  return { era: evidence.era + 1, level, rows };
}

export function plus(a: Counts, b: Counts): Counts {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]];
}

export function minus(a: Counts, b: Counts): Counts {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2], a[3] - b[3]];
}

/** Two copies that say the same. */
export function equal(a: Evidence, b: Evidence): boolean {
  if (a.era !== b.era || a.level !== b.level) return false;
  const names = Object.keys(a.rows);
  if (names.length !== Object.keys(b.rows).length) return false;
  return names.every((name) => {
    const [one, other] = [a.rows[name]!, b.rows[name]];
    return other !== undefined && one.every((count, at) => count === other[at]);
  });
}

/** As this module makes them: never one that objects have of their own. */
const rowName = /^[a-z0-9'-]{1,80}$/;

/** What lay in a store; null where it is none. */
export function evidenceIn(json: Json, maxLevel: number): Evidence | null {
  if (!isJsonObject(json) || json['v'] !== 1) return null;
  const { era, level, rows } = json;
  if (!isCount(era) || !isCount(level) || level > maxLevel || !isJsonObject(rows)) return null;
  const read: Record<string, Counts> = {};
  for (const [name, row] of Object.entries(rows)) {
    if (!rowName.test(name)) return null;
    if (!Array.isArray(row) || row.length !== 4 || !row.every(isCount)) return null;
    const [wrong, total, everWrong, everTotal] = row as unknown as Counts;
    if (wrong > total || everWrong > everTotal) return null;
    read[name] = [wrong, total, everWrong, everTotal];
  }
  return { era, level, rows: read };
}

export function jsonOfEvidence({ era, level, rows }: Evidence): Json {
  return { v: 1, era, level, rows };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
