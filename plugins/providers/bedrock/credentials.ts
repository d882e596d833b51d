import type { MaybePromise } from '../../../sdk/plugin.ts';
import type { Secret } from '../../../sdk/secret.ts';
import type { Clock, Log } from '../../../sdk/services.ts';
import type { BedrockOptions } from './options.ts';

/** What requests are signed with. Never log it. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
  /** Milliseconds since the epoch; null for those that do not expire. */
  readonly expiresAtMs: number | null;
}

/** Where credentials come from. */
export interface CredentialSource {
  /** At once while they are at hand; a promise where they must be fetched. Rejects where there are none. */
  get(): MaybePromise<AwsCredentials>;
  /** The provider refused them: they are fetched anew for the next request. */
  refused(): void;
}

/** Fetched anew in the background when they have less than this left … */
const refreshMs = 300_000;
/** … and not used any more when they have less than this left: the request takes its time to get there. */
const unusableMs = 60_000;
/** How long a failure is repeated before another try: metadata services answer slowly where there are none. */
const retryMs = 5000;
/** Metadata, SSO and STS calls together. */
const timeoutMs = 15_000;

/**
 * The keys in the options, and nothing of the environment with them: a session token there belongs to other keys.
 *
 * @throws Error for half a pair of keys.
 */
export function configuredCredentials(options: BedrockOptions): AwsCredentials | null {
  const { access_key_id, secret_access_key, session_token } = options;
  if (access_key_id === undefined && secret_access_key === undefined) {
    if (session_token === undefined) return null;
    throw new Error('session_token needs access_key_id and secret_access_key beside it');
  }
  if (access_key_id === undefined || secret_access_key === undefined) {
    throw new Error('access_key_id and secret_access_key belong together; one of them is missing');
  }
  return {
    accessKeyId: textOf(access_key_id, 'access_key_id'),
    secretAccessKey: textOf(secret_access_key, 'secret_access_key'),
    sessionToken: session_token === undefined ? null : textOf(session_token, 'session_token'),
    expiresAtMs: null,
  };
}

/** Credentials that stay as they are. */
export function fixedCredentials(credentials: AwsCredentials): CredentialSource {
  return { get: () => credentials, refused: () => undefined };
}

/** Keeps fetched credentials until shortly before they expire. One fetch at a time. */
export class CachedCredentials implements CredentialSource {
  readonly #fetch: () => Promise<AwsCredentials>;
  readonly #clock: Clock;
  readonly #log: Log;
  #current: AwsCredentials | null = null;
  #fetchedAtMs = 0;
  #pending: Promise<AwsCredentials> | null = null;
  #failure: { readonly untilMs: number; readonly error: Error } | null = null;

  constructor(fetch: () => Promise<AwsCredentials>, clock: Clock, log: Log) {
    this.#fetch = fetch;
    this.#clock = clock;
    this.#log = log;
  }

  get(): MaybePromise<AwsCredentials> {
    const current = this.#current;
    const leftMs = current === null ? -1 : (current.expiresAtMs ?? Infinity) - this.#clock.now();
    if (current === null || leftMs <= 0) return this.#refresh();
    // Better the last minute of the old ones than none.
    if (leftMs < unusableMs) return this.#refresh().catch(() => current);
    if (leftMs < refreshMs) this.#refresh().catch(() => undefined);
    return current;
  }

  refused(): void {
    // Those that were fetched just now are refused for another reason than their age.
    if (this.#clock.monotonic() - this.#fetchedAtMs > retryMs) this.#current = null;
  }

  #refresh(): Promise<AwsCredentials> {
    if (this.#pending !== null) return this.#pending;
    const nowMs = this.#clock.monotonic();
    if (this.#failure !== null && nowMs < this.#failure.untilMs) return Promise.reject(this.#failure.error);
    const pending = this.#withinTime().then(
      (credentials) => {
        this.#pending = null;
        this.#failure = null;
        this.#current = credentials;
        this.#fetchedAtMs = this.#clock.monotonic();
        return credentials;
      },
      (cause: unknown) => {
        this.#pending = null;
        const error = new Error(
          'no AWS credentials: expected access_key_id and secret_access_key, api_key, or any source that the AWS SDKs know (environment, profile, SSO, web identity, container, instance), found none that works',
          { cause },
        );
        this.#failure = { untilMs: this.#clock.monotonic() + retryMs, error };
        this.#log.warn({ reason: reasonOf(cause) }, 'AWS credentials could not be fetched');
        throw error;
      },
    );
    this.#pending = pending;
    return pending;
  }

  #withinTime(): Promise<AwsCredentials> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(timeoutMs, () => {
        reject(new Error(`no source of credentials answered within ${timeoutMs} ms`));
      });
      this.#fetch().then(resolve, reject).finally(cancel);
    });
  }
}

/** Names and short messages only: the SDK's errors name files and profiles, never keys. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message.slice(0, 300)}` : 'unknown';
}

function textOf(secret: Secret, option: string): string {
  // Keys that come from files end with a newline more often than not.
  const text = secret.reveal().trim();
  if (!/^[\x21-\x7e]+$/.test(text))
    throw new Error(`${option} is empty or holds a character that no header can carry`);
  return text;
}
