const escapes: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Takes the characters of JSON text one by one: what each stands for, how it was written, whether it is in a string. */
export type OnUnit = (text: string, raw: string, inString: boolean) => void;

/**
 * Reads JSON text that comes in pieces. Text that is no JSON is read as well: what is no escape stands for itself.
 */
export class JsonUnits {
  readonly #onUnit: OnUnit;
  readonly #onValue: () => void;
  #inString = false;
  #depth = 0;
  /** An escape that is not complete yet. */
  #escape = '';

  /** @param onValue called after the end of an outermost object or array. */
  constructor(onUnit: OnUnit, onValue: () => void) {
    this.#onUnit = onUnit;
    this.#onValue = onValue;
  }

  push(piece: string): void {
    for (let index = 0; index < piece.length; index++) {
      const char = piece[index]!;
      if (this.#escape !== '') this.#readEscape(char);
      else if (this.#inString) this.#readInString(char);
      else this.#readOutside(char);
    }
  }

  /** The text is complete: an escape that is not stands for itself. */
  end(): void {
    for (const char of this.#escape) this.#onUnit(char, char, true);
    this.#escape = '';
  }

  #readOutside(char: string): void {
    this.#onUnit(char, char, false);
    if (char === '"') this.#inString = true;
    else if (char === '{' || char === '[') this.#depth++;
    else if ((char === '}' || char === ']') && this.#depth > 0) {
      this.#depth--;
      if (this.#depth === 0) this.#onValue();
    }
  }

  #readInString(char: string): void {
    if (char === '\\') {
      this.#escape = char;
      return;
    }
    if (char === '"') this.#inString = false;
    this.#onUnit(char, char, this.#inString);
  }

  #readEscape(char: string): void {
    const raw = this.#escape + char;
    if (raw[1] !== 'u') {
      this.#escape = '';
      this.#onUnit(escapes[char] ?? char, raw, true);
    } else if (raw.length > 2 && !/[0-9a-f]/i.test(char)) {
      this.end();
      this.#readInString(char);
    } else if (raw.length === 6) {
      this.#escape = '';
      this.#onUnit(String.fromCharCode(Number.parseInt(raw.slice(2), 16)), raw, true);
    } else this.#escape = raw;
  }
}
