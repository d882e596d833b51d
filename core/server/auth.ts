import { createHash, timingSafeEqual } from 'node:crypto';
import { GatewayError } from '../../sdk/errors.ts';
import type { Secret } from '../../sdk/secret.ts';
import { credentialOf } from './headers.ts';

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Checks the master key. Without one every request is let in; the server then only listens on loopback. */
export class MasterKey {
  readonly #digest: Buffer | null;

  constructor(key: Secret | null) {
    this.#digest = key === null ? null : digest(key.reveal());
  }

  get required(): boolean {
    return this.#digest !== null;
  }

  /** True for the master key. Compares digests in constant time. */
  is(credential: string): boolean {
    return this.#digest !== null && timingSafeEqual(digest(credential), this.#digest);
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
