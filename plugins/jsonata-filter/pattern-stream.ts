import { type Matcher, RE2JS } from 're2js';
import type { JsonObject } from '../../sdk/index.ts';

/** What stands in the place of a match. */
const mark = '[masked]';

/** A pattern that the language has checked: linear, and never matching the empty text. */
export function compilePattern({
  source,
  flags,
}: {
  readonly source: string;
  readonly flags: string;
}): RE2JS {
  let bits = 0;
  if (flags.includes('i')) bits |= RE2JS.CASE_INSENSITIVE;
  if (flags.includes('m')) bits |= RE2JS.MULTILINE;
  if (flags.includes('s')) bits |= RE2JS.DOTALL;
  return RE2JS.compile(RE2JS.translateRegExp(source), bits);
}

/** A pattern of a verb's options. */
export function patternOf(options: JsonObject, name: 'block' | 'mask'): RE2JS | null {
  const pattern = options[name] as { readonly source: string; readonly flags: string } | undefined;
  return pattern === undefined ? null : compilePattern(pattern);
}

/**
 * Masks what a pattern matches, or ends at it, in a text that comes in pieces. The text is looked at in windows of the
 * hold-back, each when all of it is there; where the next one begins depends on the text alone. So the result is the same
 * however the text is cut. A match that is longer than half a window may be cut at the window's end; what goes on is masked
 * with it where the pattern matches that by itself.
 */
export class PatternStream {
  readonly #matcher: Matcher;
  readonly #window: number;
  readonly #step: number;
  readonly #blocks: boolean;
  /** The text from `#at` on, with one character before it for `\b` and `^`. */
  #text = '';
  #at = 0;
  /** The match before this place went to its window's end. */
  #open = false;
  /** Nothing comes after a match that blocks. */
  stopped = false;

  /** @param window characters that are held back, at least 2. */
  constructor(pattern: RE2JS, window: number, action: 'mask' | 'block') {
    this.#matcher = pattern.matcher('');
    this.#window = window;
    this.#step = Math.max(1, window >> 1);
    this.#blocks = action === 'block';
  }

  /** @param isFinal the text ends here. */
  push(piece: string, isFinal: boolean): string {
    if (this.stopped) return '';
    this.#text += piece;
    let out = '';
    while (!this.stopped) {
      const left = this.#text.length - this.#at;
      if (left === 0 || (!isFinal && left < this.#window)) break;
      out += this.#advance(
        Math.min(this.#text.length, this.#at + this.#window),
        left <= this.#window && isFinal,
      );
    }
    const keep = Math.max(0, this.#at - 1);
    this.#text = this.#text.slice(keep);
    this.#at -= keep;
    if (isFinal) {
      this.#text = '';
      this.#at = 0;
      this.#open = false;
    }
    return out;
  }

  /** Decides about one window. */
  #advance(end: number, isLast: boolean): string {
    const at = this.#at;
    const lead = Math.max(0, at - 1);
    const decided = isLast ? end : Math.min(end, at + this.#step);
    this.#matcher.resetMatcherInput(this.#text.slice(lead, end));
    let from = at - lead;
    while (this.#matcher.find(from)) {
      const start = lead + this.#matcher.start();
      const stop = lead + this.#matcher.end();
      if (start >= decided) break;
      if (stop > start) return this.#matched(start, stop, stop === end && !isLast);
      from = start - lead + 1;
      if (from > end - lead) break;
    }
    this.#open = false;
    this.#at = decided;
    return this.#text.slice(at, decided);
  }

  #matched(start: number, stop: number, isOpen: boolean): string {
    const before = this.#text.slice(this.#at, start);
    if (this.#blocks) {
      this.stopped = true;
      return before;
    }
    const goesOn = this.#open && start === this.#at;
    this.#at = stop;
    this.#open = isOpen;
    return goesOn ? before : before + mark;
  }
}
