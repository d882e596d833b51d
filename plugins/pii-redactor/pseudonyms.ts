/** The most characters of a pseudonym: a name of 40, a number, the brackets. */
export const maxPseudonymChars = 52;

/** The pseudonyms of one request: the same value has the same one everywhere in it. */
export class Pseudonyms {
  readonly #byValue = new Map<string, string>();
  readonly #values = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #taken = new Set<string>();

  /** True once there is something to put back. */
  get restores(): boolean {
    return this.#values.size > 0;
  }

  /** Names that the request uses itself: nobody is given those. */
  reserve(texts: Iterable<string>): void {
    for (const text of texts) {
      for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at + 1)) {
        const end = pseudonymEnd(text, at);
        if (end > 0) this.#taken.add(text.slice(at + 1, end - 1).toUpperCase());
      }
    }
  }

  /**
   * The pseudonym of a value, without brackets, such as `EMAIL_1`.
   *
   * @param restores whether the value is put back where an answer holds the pseudonym.
   */
  of(kind: string, value: string, restores: boolean): string {
    const key = `${kind}\n${value}`;
    let name = this.#byValue.get(key);
    if (name === undefined) {
      name = this.#next(kind);
      this.#byValue.set(key, name);
    }
    if (restores) this.#values.set(name, value);
    return name;
  }

  /** The value behind a name, whatever the case of its letters; undefined for none that is put back. */
  valueOf(name: string): string | undefined {
    return this.#values.get(name) ?? this.#values.get(name.toUpperCase());
  }

  #next(kind: string): string {
    const label = kind.toUpperCase().replaceAll('-', '_');
    for (;;) {
      const count = (this.#counts.get(label) ?? 0) + 1;
      this.#counts.set(label, count);
      const name = `${label}_${count}`;
      if (!this.#taken.has(name)) return name;
    }
  }
}

/** The end of something that looks like a pseudonym in brackets; 0 where there is none at `at`. */
function pseudonymEnd(text: string, at: number): number {
  for (let index = at + 1; index - at < maxPseudonymChars; index++) {
    const code = text.charCodeAt(index);
    if (code === 62) return index > at + 1 ? index + 1 : 0;
    const isName =
      (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
    if (!isName) return 0;
  }
  return 0;
}
