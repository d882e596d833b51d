import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock, Ids } from '../../sdk/services.ts';

/** A working day: who signs in in the morning is not asked again, and a cookie that was copied ends by itself. */
export const sessionMs = 8 * 3_600_000;
/** Sessions that were ended by hand are remembered until they would have ended anyway, so many of them at most. */
const maxEnded = 10_000;

const token = /^([0-9a-z]{1,11})\.([0-9A-Za-z_-]{16,64})\.([0-9A-Za-z_-]{43})$/;

/** Somebody who has shown the master key. */
export interface Session {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
  /** What requests that change something must bring along. */
  readonly csrf: string;
}

/**
 * Sessions of the console. Nothing is kept of one: its cookie holds its end and is signed with a key that comes of the
 * master key, so that every gateway of a fleet knows it and another master key ends all of them.
 */
export class Sessions {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #ids: Pick<Ids, 'trace'>;
  /** Ends of those that signed out, by id. */
  readonly #ended = new Map<string, number>();

  constructor(clock: Pick<Clock, 'now'>, ids: Pick<Ids, 'trace'>) {
    this.#clock = clock;
    this.#ids = ids;
  }

  /** Begins a session. @returns the value of its cookie and the session. */
  begin(key: Buffer): { readonly cookie: string; readonly session: Session } {
    const expiresAtMs = this.#clock.now() + sessionMs;
    const id = this.#ids.trace();
    const payload = `${expiresAtMs.toString(36)}.${id}`;
    const session = { id, expiresAtMs, csrf: sign(key, 'csrf', payload) };
    return { cookie: `${payload}.${sign(key, 'session', payload)}`, session };
  }

  /** The session of a cookie's value; null for one that is over, was ended, or never was. */
  find(cookie: string, key: Buffer): Session | null {
    const match = token.exec(cookie);
    if (match === null) return null;
    const [, ends = '', id = '', mac = ''] = match;
    const payload = `${ends}.${id}`;
    if (!same(mac, sign(key, 'session', payload))) return null;
    const expiresAtMs = Number.parseInt(ends, 36);
    if (!(this.#clock.now() < expiresAtMs) || this.#ended.has(id)) return null;
    return { id, expiresAtMs, csrf: sign(key, 'csrf', payload) };
  }

  /** Those that were ended and would go on: ids and their ends. */
  get ended(): readonly (readonly [id: string, expiresAtMs: number])[] {
    const nowMs = this.#clock.now();
    return [...this.#ended].filter(([, endMs]) => endMs > nowMs);
  }

  /**
   * Ends a session before its time, in this process. Only for one that `find` gave, here or at another process of the address:
   * strangers must not fill the memory.
   */
  end({ id, expiresAtMs }: Pick<Session, 'id' | 'expiresAtMs'>): void {
    const nowMs = this.#clock.now();
    for (const [other, endMs] of this.#ended) {
      if (endMs > nowMs && this.#ended.size < maxEnded) break;
      this.#ended.delete(other);
    }
    this.#ended.set(id, expiresAtMs);
  }
}

function sign(key: Buffer, purpose: 'session' | 'csrf', payload: string): string {
  return createHmac('sha256', key).update(`${purpose}\0${payload}`).digest('base64url');
}

/** Compares two texts without telling by the time how much of them is equal. */
export function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
