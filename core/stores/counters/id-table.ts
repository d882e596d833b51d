/** What `find` says of an id that is not there. */
export const absent = -1;

/**
 * Small whole numbers by id. Every request's id comes and goes here, so it is a flat table with open addressing, not a
 * `Map`: a map that shrinks and grows leaves outgrown tables behind that keep dead ids alive (decision record 8).
 */
export class IdTable {
  #ids: (string | undefined)[];
  #values: Int32Array;
  #hashes: Int32Array;
  #mask: number;
  #size = 0;

  constructor(slots = 1024) {
    this.#ids = new Array(slots).fill(undefined);
    this.#values = new Int32Array(slots);
    this.#hashes = new Int32Array(slots);
    this.#mask = slots - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** The value of an id, or `absent`. */
  find(id: string): number {
    const slot = this.#slot(id, hash(id));
    return this.#ids[slot] === undefined ? absent : this.#values[slot]!;
  }

  /** @param value from 0. */
  set(id: string, value: number): void {
    if (this.#size * 2 > this.#mask) this.#grow();
    const code = hash(id);
    const slot = this.#slot(id, code);
    if (this.#ids[slot] === undefined) {
      this.#ids[slot] = id;
      this.#hashes[slot] = code;
      this.#size += 1;
    }
    this.#values[slot] = value;
  }

  delete(id: string): void {
    let hole = this.#slot(id, hash(id));
    if (this.#ids[hole] === undefined) return;
    this.#size -= 1;
    // What was pushed past the hole moves back into it: no tombstones, so the table never has to be rebuilt.
    for (let slot = (hole + 1) & this.#mask; this.#ids[slot] !== undefined; slot = (slot + 1) & this.#mask) {
      const wanted = this.#hashes[slot]! & this.#mask;
      if (((slot - wanted) & this.#mask) < ((slot - hole) & this.#mask)) continue;
      this.#ids[hole] = this.#ids[slot];
      this.#values[hole] = this.#values[slot]!;
      this.#hashes[hole] = this.#hashes[slot]!;
      hole = slot;
    }
    this.#ids[hole] = undefined;
  }

  /** Where an id is, or the free slot where it would go. */
  #slot(id: string, code: number): number {
    let slot = code & this.#mask;
    for (;;) {
      const found = this.#ids[slot];
      if (found === undefined || (this.#hashes[slot] === code && found === id)) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  #grow(): void {
    const ids = this.#ids;
    const values = this.#values;
    const slots = ids.length * 2;
    this.#ids = new Array(slots).fill(undefined);
    this.#values = new Int32Array(slots);
    this.#hashes = new Int32Array(slots);
    this.#mask = slots - 1;
    this.#size = 0;
    for (let slot = 0; slot < ids.length; slot += 1) {
      const id = ids[slot];
      if (id !== undefined) this.set(id, values[slot]!);
    }
  }
}

/** FNV-1a. Ids are random: nobody outside chooses them, so collisions cannot be forced. */
function hash(id: string): number {
  let code = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) {
    code = Math.imul(code ^ id.charCodeAt(index), 0x01000193);
  }
  // The low bits choose the slot: mix the high ones in.
  return code ^ (code >>> 15);
}
