/** A piece of a text: what stands between white space, taken apart where it is more than one thing. */
export interface Token {
  /** As written. */
  readonly text: string;
  readonly lower: string;
  readonly kind: 'word' | 'code' | 'number' | 'symbol';
  /** A sentence begins here: a capital letter says nothing. */
  readonly starts: boolean;
  /** Inside quotation marks. */
  readonly quoted: boolean;
  /** Nothing but an unbroken piece lies between this token and the one before: "70kg", "3-day". */
  readonly glued: boolean;
}
