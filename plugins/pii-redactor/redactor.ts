import type { Finder } from './finder.ts';
import type { Replacer } from './replacer.ts';
import { lookBehindChars } from './scan.ts';

/** Replaces what is found in a text that comes in pieces. What comes out does not depend on the pieces. */
export interface Redactor {
  /** True once something was found that ends the text: nothing more comes out. */
  readonly stopped: boolean;
  push(piece: string): string;
  /** The text is complete: what was held back. */
  end(): string;
}

/** Gives the finder for the next run. */
export type FinderSource = () => Finder;

/** Beyond this many characters an open find is looked at again only after it grew by an eighth. */
const patientChars = 256;

/** Redacts plain text. */
export class TextRedactor implements Redactor {
  readonly #finder: FinderSource;
  readonly #replacer: Replacer;
  /** What was let go and may still be looked back at, then what is held back, from `#from` on. */
  #text = '';
  #from = 0;
  #lookAt = 0;
  #out = '';
  /** Up to where the text has come out. */
  #done = 0;
  #stopped = false;

  /** @param before what stands before the text; it is looked back at only. */
  constructor(finder: FinderSource, replacer: Replacer, before = '') {
    this.#finder = finder;
    this.#replacer = replacer;
    this.#text = before;
    this.#from = before.length;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  push(piece: string): string {
    if (this.#stopped) return '';
    this.#text += piece;
    return this.#text.length < this.#lookAt ? '' : this.#settle(false);
  }

  end(): string {
    if (this.#stopped) return '';
    const out = this.#settle(true);
    this.#text = '';
    this.#from = 0;
    this.#lookAt = 0;
    return out;
  }

  /** Made once, so that a piece costs no closure. */
  readonly #onFind = (name: string, start: number, end: number): void => {
    if (this.#stopped) return;
    const other = this.#replacer.replace(name, this.#text.slice(start, end));
    if (other === null) return;
    this.#out += this.#text.slice(this.#done, start) + other;
    this.#done = end;
    this.#stopped = this.#replacer.stops(name);
  };

  #settle(final: boolean): string {
    this.#out = '';
    this.#done = this.#from;
    const settled = this.#finder().run(this.#text, this.#from, final, this.#onFind);
    if (this.#stopped) {
      this.#text = '';
      return this.#out;
    }
    const out = this.#out + this.#text.slice(this.#done, settled);
    const keep = Math.max(0, settled - lookBehindChars);
    const held = this.#text.length - settled;
    this.#text = this.#text.slice(keep);
    this.#from = settled - keep;
    this.#lookAt = held > patientChars ? this.#text.length + (held >> 3) : 0;
    return out;
  }
}

/** Redacts a whole text like `redactText`, in slices: it yields after each, for whoever else wants to work. */
export function* redactSlowly(
  text: string,
  finder: Finder,
  replacer: Replacer,
  from: number,
): Generator<void, string> {
  if (text.length <= finder.sliceChars) return redactText(text, finder, replacer, from);
  const redactor = new TextRedactor(() => finder, replacer, text.slice(0, from));
  return yield* inSlices(redactor, text, from, finder.sliceChars);
}

/** Puts a text through a redactor piece by piece. */
export function* inSlices(
  redactor: Redactor,
  text: string,
  from: number,
  chars: number,
): Generator<void, string> {
  let out = '';
  for (let at = from; at < text.length; at += chars) {
    out += redactor.push(text.slice(at, at + chars));
    yield;
  }
  return out + redactor.end();
}

/** Redacts a whole text. Gives back the very same where nothing changed. */
export function redactText(text: string, finder: Finder, replacer: Replacer, from = 0): string {
  let out = '';
  let done = from;
  finder.run(text, from, true, (name, start, end) => {
    const other = replacer.replace(name, text.slice(start, end));
    if (other === null) return;
    out += text.slice(done, start) + other;
    done = end;
  });
  return done === from && out === '' ? (from === 0 ? text : text.slice(from)) : out + text.slice(done);
}
