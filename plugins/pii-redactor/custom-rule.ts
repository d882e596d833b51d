import { type Matcher, RE2JS } from 're2js';

/** A rule of the user's own: a pattern on a linear-time engine. */
export interface CustomRule {
  readonly name: string;
  readonly pattern: RE2JS;
  /** The longest match that is found for certain, in characters. */
  readonly maxChars: number;
}

/** A match that is as long as a rule allows is read on to this many characters. */
const maxOpenChars = 4096;

/**
 * Compiles a pattern.
 *
 * @throws Error with what is wrong with it, in words for the one who wrote it.
 */
export function compilePattern(rule: string, pattern: string): RE2JS {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `rules: the pattern of "${rule}" does not compile: ${why}. Patterns have RE2's syntax: no lookaround, no back references.`,
    );
  }
  if (compiled.matcher('').find()) {
    throw new Error(
      `rules: the pattern of "${rule}" matches the empty text; write what must be there at least once.`,
    );
  }
  return compiled;
}

/** Where one rule matches next. */
class RuleSearch {
  readonly rule: CustomRule;
  /** No match begins before this place, other than the one that is known. */
  clear = 0;
  /** The match that is known: begins at `start`; -1 where none is. */
  start = -1;
  end = -1;
  readonly #matcher: Matcher;

  constructor(rule: CustomRule) {
    this.rule = rule;
    this.#matcher = rule.pattern.matcher('');
  }

  reset(): void {
    this.clear = 0;
    this.start = -1;
  }

  /** Searches until a match that begins at `from` or later is known, or `to` is clear, or the text must go on. */
  search(text: string, final: boolean, from: number, to: number): void {
    if (this.start >= from) return;
    this.start = -1;
    const { maxChars } = this.rule;
    let at = Math.max(from, this.clear);
    while (at < to) {
      // Matches that begin in the first half of the region are in it as a whole.
      const end = Math.min(text.length, at + 2 * maxChars);
      const decided = final && end === text.length ? end : end - maxChars;
      if (decided <= at) break;
      const start = this.#first(text, at, end);
      if (start === -1 || start >= decided) {
        at = start === -1 ? decided : Math.max(decided, at + 1);
        continue;
      }
      const length = this.#length(text, final, start);
      if (length === 'wait') {
        at = start;
        break;
      }
      if (length > 0) {
        this.start = start;
        this.end = start + length;
        at = start;
        break;
      }
      at = start + 1;
    }
    this.clear = at;
  }

  /** The first place from `at` on where the pattern matches something of the region. */
  #first(text: string, at: number, end: number): number {
    const lead = Math.max(0, at - 1);
    this.#matcher.resetMatcherInput(text.slice(lead, end));
    return this.#matcher.find(at - lead) ? lead + this.#matcher.start() : -1;
  }

  /** How long the match is that begins at `start`: 0 for none of the rule's length. */
  #length(text: string, final: boolean, start: number): number | 'wait' {
    for (const most of [this.rule.maxChars, maxOpenChars]) {
      const end = Math.min(text.length, start + most);
      const lead = Math.max(0, start - 1);
      this.#matcher.resetMatcherInput(text.slice(lead, end));
      if (!this.#matcher.find(start - lead) || lead + this.#matcher.start() !== start) return 0;
      const matchEnd = lead + this.#matcher.end();
      if (matchEnd < end || (final && end === text.length)) return matchEnd - start;
      if (end === text.length && end < start + most) return 'wait';
      // It fills the rule's length: what it goes on with belongs to it.
      if (most >= maxOpenChars) return matchEnd - start;
    }
    return 0;
  }
}

/** The next match of any of the rules in a text. */
export class CustomSearch {
  /** The match that `at` or `before` found. */
  name = '';
  start = 0;
  end = 0;
  readonly #rules: readonly RuleSearch[];
  #text = '';
  #final = true;

  constructor(rules: readonly CustomRule[]) {
    this.#rules = rules.map((rule) => new RuleSearch(rule));
  }

  /** Before this place `at` finds nothing. */
  quietUntil = 0;

  set(text: string, final: boolean): void {
    this.quietUntil = 0;
    this.#text = text;
    this.#final = final;
    for (const rule of this.#rules) rule.reset();
  }

  /** Whether a rule's match begins right at `index`. */
  at(index: number): 'found' | 'none' | 'wait' {
    const state = this.before(index, index + 1);
    if (state === 'none') {
      let quiet = Number.POSITIVE_INFINITY;
      for (const { start, clear } of this.#rules) quiet = Math.min(quiet, start >= 0 ? start : clear);
      this.quietUntil = quiet;
    }
    return state;
  }

  /** Whether a rule's match begins at `from` or later and before `to`: the first one, then the longest. */
  before(from: number, to: number): 'found' | 'none' | 'wait' {
    this.start = -1;
    let waits = false;
    for (const search of this.#rules) {
      if (search.clear < to || search.start >= 0) search.search(this.#text, this.#final, from, to);
      if (search.start >= from && search.start < to) {
        const isBetter =
          this.start === -1 ||
          search.start < this.start ||
          (search.start === this.start && search.end > this.end);
        if (!isBetter) continue;
        this.name = search.rule.name;
        this.start = search.start;
        this.end = search.end;
      } else if (search.start < 0 && search.clear < to) waits = true;
    }
    if (waits) return 'wait';
    return this.start === -1 ? 'none' : 'found';
  }
}
