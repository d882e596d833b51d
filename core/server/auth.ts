import { hash, hkdfSync, timingSafeEqual } from 'node:crypto';
import { GatewayError } from '../../sdk/errors.ts';
import type { Secret } from '../../sdk/secret.ts';
import { credentialOf } from './headers.ts';
import type { Incoming } from './incoming.ts';

/** Says who may administer the gateway. */
export interface AdminAccess {
  /** False where nobody needs a key. */
  readonly required: boolean;
  /** True for the master key. */
  is(credential: string): boolean;
  /** @throws GatewayError 401 `invalid_api_key`, 403 `csrf_failed` for whoever may not. */
  admit(incoming: Pick<Incoming, 'method' | 'headers'>): void;
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

/** Checks the master key. Without one every request is let in; the server then only listens on loopback. */
export class MasterKey implements AdminAccess {
  readonly #digest: Buffer | null;
  /** Signs sessions of the console; null where no key is set. Another master key gives another one. */
  readonly sessionKey: Buffer | null;

  constructor(key: Secret | null) {
    this.#digest = key === null ? null : digest(key.reveal());
    this.sessionKey =
      key === null ? null : Buffer.from(hkdfSync('sha256', key.reveal(), '', 'sluice console session', 32));
  }

  get required(): boolean {
    return this.#digest !== null;
  }

  /** True for the master key. Compares digests in constant time. */
  is(credential: string): boolean {
    return this.#digest !== null && timingSafeEqual(digest(credential), this.#digest);
  }

  admit({ headers }: Pick<Incoming, 'headers'>): void {
    this.check(headers);
  }

  /**
   * @throws GatewayError 401 `invalid_api_key`. Compares digests in constant time, so an answer's time says nothing
   * about the key.
   */
  check(headers: Readonly<Record<string, string | string[] | undefined>>): void {
    if (this.#digest === null) return;
    const credential = credentialOf(headers);
    if (credential === null) {
      throw new GatewayError(
        'invalid_api_key',
        'No API key came with the request. Send it as "Authorization: Bearer KEY" or "x-api-key: KEY".',
      );
    }
    if (!timingSafeEqual(digest(credential), this.#digest)) {
      throw new GatewayError(
        'invalid_api_key',
        "The API key is not known here. Check the key, or ask the gateway's owner for one.",
      );
    }
  }
}
