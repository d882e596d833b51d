/** Where a problem is; a policy and a rule are places. */
export interface Place {
  readonly line: number;
  readonly column?: number;
}

/** Collects the problems of one policy. */
export interface Reporter {
  error(place: Place, message: string): void;
  warning(place: Place, message: string): void;
}
