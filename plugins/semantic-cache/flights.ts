import type { Cancel, Clock, Json } from '../../sdk/index.ts';

/** A request under way that equal ones wait for. */
export interface Flight {
  /** Ends the wait of all others, with the packed answer or without one. */
  land(answer: Json | null): void;
}

interface Waiting extends Flight {
  readonly answer: Promise<Json | null>;
}

/**
 * Equal requests make one call: the first leads, the others wait for its answer. The wait is bounded from the moment the
 * leader began, so no chain of waits comes of it; who waited in vain goes on alone.
 */
export class Flights {
  readonly #clock: Clock;
  readonly #waitMs: number;
  readonly #byKey = new Map<string, Waiting>();

  constructor(clock: Clock, waitMs: number) {
    this.#clock = clock;
    this.#waitMs = waitMs;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** The answer of an equal request that is under way; null where there is none. */
  join(key: string): Promise<Json | null> | null {
    return this.#byKey.get(key)?.answer ?? null;
  }

  /** Leads. Call it only where `join` found nothing. */
  begin(key: string): Flight | null {
    if (this.#waitMs === 0 || this.#byKey.has(key)) return null;
    const { promise, resolve } = Promise.withResolvers<Json | null>();
    let cancel: Cancel = () => undefined;
    const flight: Waiting = {
      answer: promise,
      land: (answer) => {
        cancel();
        if (this.#byKey.get(key) === flight) this.#byKey.delete(key);
        resolve(answer);
      },
    };
    cancel = this.#clock.after(this.#waitMs, () => flight.land(null));
    this.#byKey.set(key, flight);
    return flight;
  }

  close(): void {
    for (const flight of [...this.#byKey.values()]) flight.land(null);
  }
}
