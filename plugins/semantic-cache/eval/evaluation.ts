/** How much the guard compared; `off` serves what the vectors bring. */
export type EvaluatedLevel = 'off' | 'rules' | 'strict';
export const evaluatedLevels: readonly EvaluatedLevel[] = ['off', 'rules', 'strict'];

/** A share with its one-sided 95 % Clopper-Pearson bound on the bad side. */
export interface Share {
  readonly count: number;
  readonly total: number;
  /** `count / total`; null where there was nothing to count. */
  readonly rate: number | null;
  /** Lower bound of what should be high, upper bound of what should be low. */
  readonly bound: number | null;
}

/** One category at one threshold and level. */
export interface Measured {
  /** `all`, or the `source` of the pairs. */
  readonly category: string;
  readonly level: EvaluatedLevel;
  readonly threshold: number;
  /** Pairs that mean the same and were served. */
  readonly hits: Share;
  /** Pairs that do not mean the same and were served. */
  readonly wrong: Share;
  /** Wrong ones among all that were served: depends on the mix of the file. */
  readonly wrongOfServed: Share;
  /** Of the pairs that mean the same and passed the threshold, those that the guard let through. */
  readonly kept: Share;
}

/** What was measured on labelled pairs. Plain JSON. */
export interface Evaluation {
  readonly version: 1;
  readonly embedder: string;
  readonly dimensions: number;
  readonly guardVersion: number;
  /** The floor that a cache would use. */
  readonly floor: number;
  readonly pairs: number;
  readonly confidence: number;
  readonly measured: readonly Measured[];
  /** At the floor, by level: how often each rule refused pairs that differ, and pairs that are the same. */
  readonly refusals: readonly {
    readonly level: 'rules' | 'strict';
    readonly rule: string;
    readonly different: number;
    readonly same: number;
  }[];
  /** For the plot, all categories: served share and precision for each similarity from 0 to 1 in steps of 0.01. */
  readonly curves: readonly {
    readonly level: EvaluatedLevel;
    readonly points: readonly {
      readonly threshold: number;
      readonly hitRatio: number;
      readonly precision: number;
    }[];
  }[];
}
