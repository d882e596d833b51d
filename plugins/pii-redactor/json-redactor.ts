import { isDigit } from './characters.ts';
import type { Finder } from './finder.ts';
import { JsonUnits } from './json-units.ts';
import { type FinderSource, inSlices, type Redactor, TextRedactor } from './redactor.ts';
import type { Replacer } from './replacer.ts';
import { lookBehindChars } from './scan.ts';

/**
 * Redacts the arguments of a tool call: JSON stays JSON. Strings are looked through as what they say, not as how they are
 * escaped; what takes a number's place is a string. Arguments that are no object or array, such as those of custom tools,
 * are plain text.
 */
export class ArgumentsRedactor implements Redactor {
  readonly #finder: FinderSource;
  readonly #replacer: Replacer;
  #inner: Redactor | null = null;
  #blanks = '';

  constructor(finder: FinderSource, replacer: Replacer) {
    this.#finder = finder;
    this.#replacer = replacer;
  }

  get stopped(): boolean {
    return this.#inner?.stopped ?? false;
  }

  push(piece: string): string {
    if (this.#inner !== null) return this.#inner.push(piece);
    this.#blanks += piece;
    const first = this.#blanks.trimStart()[0];
    if (first === undefined) return '';
    this.#inner =
      first === '{' || first === '['
        ? new JsonRedactor(this.#finder, this.#replacer)
        : new TextRedactor(this.#finder, this.#replacer);
    const start = this.#blanks;
    this.#blanks = '';
    return this.#inner.push(start);
  }

  end(): string {
    const blanks = this.#blanks;
    this.#blanks = '';
    return this.#inner?.end() ?? blanks;
  }
}

class JsonRedactor implements Redactor {
  readonly #finder: FinderSource;
  readonly #replacer: Replacer;
  readonly #units = new JsonUnits(
    (text, raw, inString) => {
      this.#text += text;
      this.#raw.push(raw);
      this.#inString.push(inString);
    },
    // After its last brace nothing is open: a call's end needs no waiting.
    () => this.#finish(),
  );
  /** What the JSON says, unit for unit with how it is written: what was let go, then what is held from `#from` on. */
  #text = '';
  #raw: string[] = [];
  #inString: boolean[] = [];
  #from = 0;
  #lookAt = 0;
  #out = '';
  #done = 0;
  #stopped = false;

  constructor(finder: FinderSource, replacer: Replacer) {
    this.#finder = finder;
    this.#replacer = replacer;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  push(piece: string): string {
    this.#out = '';
    this.#units.push(piece);
    if (!this.#stopped && this.#text.length > this.#from && this.#text.length >= this.#lookAt)
      this.#settle(false);
    return this.#out;
  }

  end(): string {
    this.#out = '';
    this.#units.end();
    this.#finish();
    return this.#out;
  }

  readonly #onFind = (name: string, start: number, end: number): void => {
    if (this.#stopped) return;
    const other = this.#replacer.replace(name, this.#text.slice(start, end));
    if (other === null) return;
    this.#out += this.#rawOf(this.#done, start);
    this.#done = end;
    this.#stopped = this.#replacer.stops(name);
    this.#write(start, end, JSON.stringify(other));
  };

  /** Writes what takes a find's place. Quotes, commas and braces that are in the find stay where they are. */
  #write(start: number, end: number, quoted: string): void {
    let placed = false;
    let inNumber = false;
    for (let index = start; index < end; index++) {
      const isNumber: boolean = this.#inString[index] !== true && this.#isNumber(index, inNumber);
      if (this.#inString[index] === true) {
        if (!placed) this.#out += quoted.slice(1, -1);
        placed = true;
      } else if (!isNumber) this.#out += this.#raw[index]!;
      else if (!inNumber) this.#out += quoted;
      inNumber = isNumber;
    }
  }

  /** @param goesOn a number ends right before `index`. */
  #isNumber(index: number, goesOn: boolean): boolean {
    const code = this.#text.charCodeAt(index);
    if (code === 45) return goesOn || isDigit(this.#text.charCodeAt(index + 1));
    return isDigit(code) || (goesOn && '+.eE'.includes(this.#text[index]!));
  }

  #finish(): void {
    if (this.#stopped) return;
    this.#settle(true);
    this.#text = '';
    this.#raw = [];
    this.#inString = [];
    this.#from = 0;
    this.#lookAt = 0;
  }

  #settle(final: boolean): void {
    this.#done = this.#from;
    const settled = this.#finder().run(this.#text, this.#from, final, this.#onFind);
    if (this.#stopped) return;
    this.#out += this.#rawOf(this.#done, settled);
    const keep = Math.max(0, settled - lookBehindChars);
    const held = this.#text.length - settled;
    this.#text = this.#text.slice(keep);
    this.#raw.splice(0, keep);
    this.#inString.splice(0, keep);
    this.#from = settled - keep;
    this.#lookAt = held > 256 ? this.#text.length + (held >> 3) : 0;
  }

  #rawOf(start: number, end: number): string {
    return start >= end ? '' : this.#raw.slice(start, end).join('');
  }
}

/** Putting escapes back costs as much as several slices of looking. */
const argumentsShare = 4;

/** Redacts the whole arguments of a call, in slices. Gives back the very same where nothing was found. */
export function* redactArguments(text: string, finder: Finder, replacer: Replacer): Generator<void, string> {
  if (text.length <= finder.sliceChars) {
    const said = whatItSays(text);
    if (said !== null && !findsIn(said, finder)) return text;
  }
  const chars = Math.round(finder.sliceChars / argumentsShare);
  return yield* inSlices(new ArgumentsRedactor(() => finder, replacer), text, 0, chars);
}

/** What JSON says, its escapes resolved, as the redactor reads it; null for what is not one object or array. */
function whatItSays(text: string): string | null {
  const first = text.trimStart()[0];
  if (first !== '{' && first !== '[') return null;
  if (!text.includes('\\')) return isJson(text) ? text : null;
  if (!isJson(text)) return null;
  return text.replace(/\\(?:u[0-9a-fA-F]{4}|[^u])/g, (written) => JSON.parse(`"${written}"`) as string);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function findsIn(text: string, finder: Finder): boolean {
  let found = false;
  finder.run(text, 0, true, () => {
    found = true;
  });
  return found;
}
