/** ITU-T E.164 has 15; `00` and a trunk `(0)` come on top. */
export const maxDigits = 18;

/** A number while it is read: its digits, its groups, what stands between those. Used again for the next one. */
export class PhoneParts {
  /** Digits so far. */
  length = 0;
  /** Groups so far. */
  groups = 0;
  /** Characters between groups that were seen. */
  hasSpace = false;
  hasDot = false;
  hasSlash = false;
  readonly #codes = new Uint8Array(maxDigits);
  readonly #groups = new Uint8Array(maxDigits);

  clear(): void {
    this.length = 0;
    this.groups = 0;
    this.hasSpace = false;
    this.hasDot = false;
    this.hasSlash = false;
  }

  /** @returns false for a digit more than any number has. */
  digit(value: number): boolean {
    if (this.length === maxDigits) return false;
    this.#codes[this.length++] = value;
    return true;
  }

  group(length: number): void {
    this.#groups[this.groups++] = length;
  }

  separator(code: number): void {
    if (code === 32 || code === 0xa0) this.hasSpace = true;
    else if (code === 46) this.hasDot = true;
    else if (code === 47) this.hasSlash = true;
  }

  /** Takes a last group out that is a zero. */
  dropTrunk(): void {
    if (this.groups === 0 || this.#groups[this.groups - 1] !== 1 || this.#codes[this.length - 1] !== 0)
      return;
    this.groups--;
    this.length--;
  }

  /** The value of a digit; -1 where there is none. */
  at(index: number): number {
    return index < this.length ? this.#codes[index]! : -1;
  }

  /** The digits of a group; 0 where there is none. */
  groupAt(index: number): number {
    return index < this.groups ? this.#groups[index]! : 0;
  }

  get isPairs(): boolean {
    return this.groupAt(0) === 2 && this.groupAt(1) === 2;
  }

  get digits(): string {
    let text = '';
    for (let index = 0; index < this.length; index++) text += this.#codes[index];
    return text;
  }
}
