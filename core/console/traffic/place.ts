import { GatewayError } from '../../../sdk/errors.ts';

/** Where a request stands among those of all processes: one before the other for everybody, and at once for ever. */
export interface Place {
  /** When it ended, in milliseconds since the epoch. Within a process it never goes back, whatever its clock does. */
  readonly endedMs: number;
  /** Id of the process. */
  readonly source: number;
  /** Its number in that process. */
  readonly seq: number;
}

const text = /^([0-9a-z]{1,9})\.(\d{1,9})\.([0-9a-z]{1,10})$/;

/** Below 0 where the first one is older. */
export function comparePlaces(a: Place, b: Place): number {
  return a.endedMs - b.endedMs || a.source - b.source || a.seq - b.seq;
}

/** A place as `next` and `before` have it. */
export function placeText({ endedMs, source, seq }: Place): string {
  return `${endedMs.toString(36)}.${source}.${seq.toString(36)}`;
}

/** @throws GatewayError 400 `invalid_request`. */
export function readPlace(value: string): Place {
  const match = text.exec(value);
  if (match === null) {
    throw new GatewayError(
      'invalid_request',
      `before: expected the next of another page; came ${JSON.stringify(value.slice(0, 60))}.`,
      { param: 'before' },
    );
  }
  return {
    endedMs: Number.parseInt(match[1]!, 36),
    source: Number(match[2]),
    seq: Number.parseInt(match[3]!, 36),
  };
}
