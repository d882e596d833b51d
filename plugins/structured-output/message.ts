/** What a thread is started with. */
export interface ThreadSetup {
  readonly maxSchemas: number;
}

/** A schema, and perhaps a text that must meet it. */
export interface Check {
  /** Hash of the schema. */
  readonly key: string;
  /** Its JSON. */
  readonly schema: string;
  /** Null where only the schema itself is looked at. */
  readonly text: string | null;
}

/** Something that a text does not meet. */
export interface Mismatch {
  /** JSON pointer into the answer, '' for the whole. */
  readonly path: string;
  /** Such as `must be integer`. */
  readonly message: string;
  /** The keyword of the schema. */
  readonly keyword: string;
}

export type CheckResult =
  | { readonly kind: 'met' }
  | { readonly kind: 'unmet'; readonly mismatches: readonly Mismatch[] }
  /** The schema cannot be used, and why. */
  | { readonly kind: 'bad_schema'; readonly why: string }
  /** The check had no end. */
  | { readonly kind: 'fault'; readonly why: string };
