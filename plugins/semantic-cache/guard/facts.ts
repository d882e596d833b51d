/** Counted up with every change that gives another answer for a text: facts of an older guard are extracted again. */
export const GUARD_VERSION = 1;

/** Kinds of facts that must be the same on both sides, each a sorted list without doubles (numbers keep theirs). */
export const bagNames = [
  'number',
  'date',
  'weekday',
  'clock',
  'ordinal',
  'currency',
  'unit',
  'symbol',
  'moment',
  'quantifier',
] as const;
export type BagName = (typeof bagNames)[number];

/** A word of the subject. */
export interface ContentWord {
  /** As written, in lower case. */
  readonly text: string;
  /** Base form. */
  readonly stem: string;
  /** `name`: capitalised inside a sentence. `code`: an identifier, flag, path or error code. `value`: a number or date. */
  readonly kind: 'word' | 'name' | 'code' | 'value';
}

/** What a guard compares of a prompt: plain JSON, made once and stored beside the vector. */
export interface Facts {
  /** {@link GUARD_VERSION} of the guard that extracted them. */
  readonly version: number;
  /** Digest of the whole normalised text but for the case of its first word. Equal means the same prompt. */
  readonly fingerprint: string;
  /** Digest of what lies behind the part that is read; empty where everything was read. */
  readonly tail: string;
  /** ISO 639 code, with `?` where one word spoke for it; `und` where none did. */
  readonly language: string;
  /** Lists that are empty are left out. */
  readonly bags: Readonly<Partial<Record<BagName, readonly string[]>>>;
  /** Quoted and back-ticked strings, in order. */
  readonly quotes: readonly string[];
  /** What each denial denies: the stem of the next word of the subject. */
  readonly negations: readonly string[];
  /** `who`, `when`, `how many`…; empty where nothing is asked. */
  readonly question: string;
  readonly tense: 'past' | 'present' | 'future';
  /** Possessives: 1 mine or ours, 2 yours, 3 theirs. */
  readonly owners: readonly string[];
  /** Where both "I" and "you" occur, which comes first: 1 or 2; then m or f for each "he" and "she". */
  readonly persons: string;
  /** `and`, `or`: which of them join. */
  readonly joints: readonly string[];
  /** Words such as "before" and "outside". */
  readonly relations: readonly string[];
  /** `to:london`, `than:java`: the word of the subject behind each word of direction. */
  readonly directions: readonly string[];
  /** The subject, in order; what and/or join is in alphabetic order, a passive is turned to the active. */
  readonly content: readonly ContentWord[];
  /** Every other word, in order: it decides where there is no subject at all. */
  readonly frame: readonly string[];
}
