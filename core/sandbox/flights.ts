import type { Flight } from './job.ts';

/**
 * The calls that one thread has and has not answered, by id. Few at a time and mostly answered in the order sent, so
 * a list is searched faster than a map is kept. A map would also hold on to requests that are over: each table that it
 * outgrows keeps what was in it until the next full collection.
 */
export class Flights implements Iterable<readonly [number, Flight]> {
  readonly #ids: number[] = [];
  readonly #flights: Flight[] = [];

  get size(): number {
    return this.#ids.length;
  }

  get(id: number): Flight | undefined {
    const index = this.#ids.indexOf(id);
    return index < 0 ? undefined : this.#flights[index];
  }

  set(id: number, flight: Flight): void {
    this.#ids.push(id);
    this.#flights.push(flight);
  }

  delete(id: number): boolean {
    const index = this.#ids.indexOf(id);
    if (index < 0) return false;
    this.#ids.splice(index, 1);
    this.#flights.splice(index, 1);
    return true;
  }

  values(): readonly Flight[] {
    return this.#flights.slice();
  }

  keys(): readonly number[] {
    return this.#ids.slice();
  }

  clear(): void {
    this.#ids.length = 0;
    this.#flights.length = 0;
  }

  /** A copy, so that calls may be taken out while it is walked. */
  [Symbol.iterator](): Iterator<readonly [number, Flight]> {
    return this.#ids.map((id, index): readonly [number, Flight] => [id, this.#flights[index]!]).values();
  }
}
