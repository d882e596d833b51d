let generations = 0;

/** How far back a detector may look, in characters. A stream keeps as many of those that it has let go. */
export const lookBehindChars = 96;

/**
 * The text under examination, perhaps not all there yet. Detectors read ahead through `at` only: where one reads past
 * what is there, `short` says that its verdict must wait. So a verdict never depends on how a text was cut.
 */
export class Scan {
  /** Tells this text from all others, so that what was learnt of one is not taken for another's. */
  generation = 0;
  text = '';
  length = 0;
  /** Nothing comes after `text`. */
  final = true;
  /** A detector wanted to read past the end. */
  short = false;
  /** What was found: from here … */
  start = 0;
  /** … to here, end exclusive. */
  end = 0;

  set(text: string, final: boolean): void {
    this.generation = ++generations;
    this.text = text;
    this.length = text.length;
    this.final = final;
    this.short = false;
  }

  /** The character code at `index`; -1 past the end. */
  at(index: number): number {
    if (index < this.length) return this.text.charCodeAt(index);
    if (!this.final) this.short = true;
    return -1;
  }

  /** The character code at `index` or -1 before the start. For looking back. */
  before(index: number): number {
    return index < 0 ? -1 : this.text.charCodeAt(index);
  }

  found(start: number, end: number): true {
    this.start = start;
    this.end = end;
    return true;
  }
}
