import type { CounterState, Reservation } from '../../../sdk/counters.ts';

/** Names and arguments as the scripts expect them. */
export class RedisKeys {
  /** Says that this Redis holds our counters. */
  readonly mark: string;
  readonly #counter: string;
  readonly #holds: string;
  readonly #record: string;

  /** @param prefix becomes the hash tag: in a cluster all counters lie in one slot, so one script reaches them. */
  constructor(prefix: string) {
    if (!/^[\w.:-]{1,64}$/.test(prefix)) {
      throw new RangeError(`expected a prefix of letters, digits and _ . : -, came "${prefix}"`);
    }
    this.mark = `{${prefix}}:mark`;
    this.#counter = `{${prefix}}:c:`;
    this.#holds = `{${prefix}}:h:`;
    this.#record = `{${prefix}}:r:`;
  }

  /** The counter and its holds. */
  pair(key: string): [counter: string, holds: string] {
    return [this.#counter + key, this.#holds + key];
  }

  holds(key: string): string {
    return this.#holds + key;
  }

  record(id: string): string {
    return this.#record + id;
  }

  /** KEYS of admit, settle and extend. */
  call(id: string, reservations: readonly Reservation[]): string[] {
    const keys = [this.mark, this.#record + id];
    for (const { key } of reservations) keys.push(this.#counter + key, this.#holds + key);
    return keys;
  }
}

/** The letter by which scripts know a kind. */
export function letter(kind: Reservation['kind']): 'b' | 'r' | 'c' {
  return kind === 'budget' ? 'b' : kind === 'rate' ? 'r' : 'c';
}

/** A rate's period, a budget's end, or nothing. */
export function lastArgument(reservation: Reservation): number | '' {
  if (reservation.kind === 'rate') return reservation.periodMs;
  return reservation.kind === 'budget' ? (reservation.resetsAtMs ?? '') : '';
}

/** Pairs of numbers in an answer, from a place on. */
export function toStates(answer: readonly number[], from: number): CounterState[] {
  const states: CounterState[] = [];
  for (let at = from; at + 1 < answer.length; at += 2)
    states.push({ spent: answer[at]!, held: answer[at + 1]! });
  return states;
}

/** An answer of whole numbers, which come as text. @throws Error for anything else. */
export function toNumbers(answer: unknown): readonly number[] {
  if (!Array.isArray(answer)) throw new Error('expected a list from the counter script, came something else');
  return answer.map(toNumber);
}

/** @throws Error where Redis answered something else than a whole number. */
export function toNumber(answer: unknown): number {
  const number = Number(answer);
  if (!Number.isSafeInteger(number))
    throw new Error('expected a whole number from Redis, came something else');
  return number;
}
