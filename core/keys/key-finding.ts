import type { ErrorCode } from '../../sdk/errors.ts';
import type { KeyRecord } from '../../sdk/keys.ts';

/** What a credential turned out to be. */
export type KeyFinding =
  | {
      readonly ok: true;
      /** The key that counts: of a replaced one, the key that replaced it. */
      readonly record: KeyRecord;
      /** Until when the credential still works, where it was replaced. */
      readonly replacedUntilMs: number | null;
    }
  | Refusal;

/** A credential that does not work. */
export interface Refusal {
  readonly ok: false;
  readonly code: Extract<ErrorCode, 'invalid_api_key' | 'key_expired' | 'key_blocked' | 'store_unavailable'>;
  readonly message: string;
}

function refusal(code: Refusal['code'], message: string): Refusal {
  return Object.freeze({ ok: false, code, message });
}

/** What is said of a credential that does not work. Made once: refusing costs nothing. */
export const findings = {
  unknown: refusal(
    'invalid_api_key',
    "The API key is not known here. Check the key, or ask the gateway's owner for one.",
  ),
  unreadable: refusal(
    'store_unavailable',
    'The API key is not known here, but the key store cannot be read at the moment, so it may be a new one. Try again later.',
  ),
  expired: refusal('key_expired', "The API key has expired. Ask the gateway's owner for a new one."),
  replaced: refusal(
    'key_expired',
    'The API key was replaced by a new one and its time is over. Use the new one.',
  ),
  blocked: refusal('key_blocked', "The API key is blocked. Ask the gateway's owner to unblock it."),
} as const;
