import { RE2JS } from 're2js';

/**
 * The linear-time engine in the shape that JSONata expects of a regular expression. Headers and model names are
 * written by clients; a backtracking engine could be kept busy with them for minutes.
 */
export class LinearRegExp {
  readonly #pattern: RE2JS;
  readonly #global: boolean;
  lastIndex = 0;

  /** @throws {Error} for what the engine does not have: lookaround and back-references. */
  constructor(regexp: RegExp) {
    this.#pattern = compiled(regexp);
    this.#global = regexp.global;
  }

  exec(text: string): RegExpExecArray | null {
    const matcher = this.#pattern.matcher(text);
    if (this.lastIndex > text.length || !matcher.find(this.#global ? this.lastIndex : 0)) {
      this.lastIndex = 0;
      return null;
    }
    if (this.#global) this.lastIndex = matcher.end();
    const groups = Array.from(
      { length: matcher.groupCount() + 1 },
      (_, index) => matcher.group(index) ?? undefined,
    );
    return Object.assign(groups, {
      index: matcher.start(),
      input: text,
      groups: undefined,
    }) as RegExpExecArray;
  }

  test(text: string): boolean {
    return this.exec(text) !== null;
  }
}

/** JSONata asks for a new instance at every evaluation; the compiled pattern is kept with the parsed expression. */
const cache = new WeakMap<RegExp, RE2JS>();

function compiled(regexp: RegExp): RE2JS {
  let pattern = cache.get(regexp);
  if (!pattern) {
    let flags = 0;
    if (regexp.ignoreCase) flags |= RE2JS.CASE_INSENSITIVE;
    if (regexp.multiline) flags |= RE2JS.MULTILINE;
    if (regexp.dotAll) flags |= RE2JS.DOTALL;
    pattern = RE2JS.compile(RE2JS.translateRegExp(regexp.source), flags);
    cache.set(regexp, pattern);
  }
  return pattern;
}
