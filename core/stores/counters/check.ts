import type { Reservation } from '../../../sdk/counters.ts';

/** More than enough scopes for a request, and few enough for one script on Redis. */
export const maxReservations = 64;
const maxNameCharacters = 200;
const maxTtlMs = 7 * 86_400_000;

/** @throws RangeError where a call is out of the contract's bounds: a mistake of the caller, not of a client. */
export function checkCall(id: string, reservations: readonly Reservation[]): void {
  checkName('id', id);
  if (reservations.length > maxReservations) {
    throw new RangeError(
      `expected at most ${maxReservations} reservations, came ${reservations.length}: split the request`,
    );
  }
  for (let index = 0; index < reservations.length; index += 1) {
    const reservation = reservations[index]!;
    checkName('key', reservation.key);
    checkAmount('limit', reservation.limit);
    checkAmount('amount', reservation.amount);
    if (reservation.kind === 'rate') checkPeriod(reservation.periodMs);
    else if (reservation.kind === 'budget') checkReset(reservation.resetsAtMs);
    for (let other = 0; other < index; other += 1) {
      if (reservations[other]!.key === reservation.key) {
        throw new RangeError('expected each key once in a call, came one twice: add the amounts up');
      }
    }
  }
}

/** @throws RangeError unless there is one whole amount for each reservation. */
export function checkActuals(reservations: readonly Reservation[], actuals: readonly number[]): void {
  if (actuals.length !== reservations.length) {
    throw new RangeError(
      `expected ${reservations.length} actual amounts, one for each reservation, came ${actuals.length}`,
    );
  }
  for (const actual of actuals) checkAmount('actual amount', actual);
}

/** @throws RangeError unless the time to live is between 1 ms and 7 days. */
export function checkTtl(ttlMs: number): void {
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 1 || ttlMs > maxTtlMs) {
    throw new RangeError(
      `expected a time to live of 1 to ${maxTtlMs} ms, came ${ttlMs}: extend the hold instead`,
    );
  }
}

/** @throws RangeError unless `value` is a whole number that a double holds exactly. */
export function checkAmount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`expected a whole ${name} from 0 to 2^53 - 1, came ${value}: round it up`);
  }
}

/** @throws RangeError unless a window's end is a whole number of milliseconds, or null. */
export function checkReset(resetsAtMs: number | null): void {
  if (resetsAtMs !== null) checkAmount('resetsAtMs', resetsAtMs);
}

/** @throws RangeError for an empty or long key or id; the name itself is not repeated. */
export function checkName(what: string, name: string): void {
  if (name.length < 1 || name.length > maxNameCharacters) {
    throw new RangeError(
      `expected a counter ${what} of 1 to ${maxNameCharacters} characters, came ${name.length}: hash the longer parts`,
    );
  }
}

function checkPeriod(periodMs: number): void {
  if (!Number.isSafeInteger(periodMs) || periodMs < 1 || periodMs > 86_400_000) {
    throw new RangeError(
      `expected a period of 1 ms to 1 day, came ${periodMs} ms: use a budget for longer ones`,
    );
  }
}
