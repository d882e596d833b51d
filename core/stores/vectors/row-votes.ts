/** Different rows that are counted; later ones are not. */
const maxRows = 2048;
const slots = 8192;
/** Rows that are worth a closer look. */
export const maxNearRows = 32;
/** More of them count as so many. */
const maxVotes = 24;

/** Counts the votes for rows. One is used again and again: a look at it costs no memory. */
export class RowVotes {
  /** Places in `#rows`, counted from 1, by a hash of the row. */
  readonly #places = new Uint16Array(slots);
  readonly #rows = new Uint32Array(maxRows);
  readonly #votes = new Uint8Array(maxRows);
  #count = 0;

  clear(): void {
    this.#places.fill(0);
    this.#count = 0;
  }

  add(row: number, votes: number): void {
    let slot = Math.imul(row, 0x9e3779b1) >>> 19;
    for (;;) {
      const place = this.#places[slot]!;
      if (place === 0) break;
      if (this.#rows[place - 1] === row) {
        this.#votes[place - 1] = Math.min(maxVotes, this.#votes[place - 1]! + votes);
        return;
      }
      slot = (slot + 1) % slots;
    }
    if (this.#count === maxRows) return;
    this.#rows[this.#count] = row;
    this.#votes[this.#count] = votes;
    this.#count += 1;
    this.#places[slot] = this.#count;
  }

  /**
   * Writes the rows with most votes, the most first. Those with less than a quarter of the most are left out: beside what
   * is near they are not.
   *
   * @param out room for `maxNearRows`.
   * @returns how many there are.
   */
  most(out: Uint32Array): number {
    let written = 0;
    let least = 1;
    for (let wanted = maxVotes; wanted >= least; wanted -= 1) {
      for (let at = 0; at < this.#count; at += 1) {
        if (this.#votes[at] !== wanted) continue;
        if (written === 0) least = Math.ceil(wanted / 4);
        if (written === maxNearRows) return written;
        out[written] = this.#rows[at]!;
        written += 1;
      }
    }
    return written;
  }
}
