import type { Redis } from 'ioredis';
import type { Cancel, Clock, Log } from '../../../sdk/services.ts';
import { type Login, loginOf, samePlace } from '../place.ts';

/** A login that was refused is tried again this often: Redis may not know it yet. */
const tryAgainMs = 2_000;
/** How Redis refuses a login, or a command without one; the last is what versions before 6 say. */
const refusal = /^(?:WRONGPASS|NOAUTH|ERR invalid password)/;

export interface RedisLoginsOptions {
  readonly url: string;
  readonly redis: Redis;
  readonly clock: Clock;
  readonly log: Log;
  /** What it is for, as the log names it. */
  readonly store: string;
  /** Asks for a newer login where there may be one; it comes to `renew`. */
  readonly newer?: (() => Promise<void>) | undefined;
  /** The answer, or an error where it is late. */
  within<T>(answer: Promise<T>): Promise<T>;
}

/**
 * Who logs in at Redis, over changes. A new login is sent on the connection that stands, which stays as it is where Redis
 * refuses it; until one is taken, both are known, and a connection that has to be made anew tries them in turn.
 */
export class RedisLogins {
  readonly #options: RedisLoginsOptions;
  /** The one that was taken last, or came first. */
  #current: string;
  /** The one that is to come; null where the current one is the newest. */
  #next: string | null = null;
  /** The one that the next connection begins with. */
  #atConnect: string;
  #complained = false;
  #cancelTry: Cancel = () => undefined;

  constructor(options: RedisLoginsOptions) {
    this.#options = options;
    this.#current = options.url;
    this.#atConnect = options.url;
  }

  /** @returns once it was tried; false where the address leads elsewhere, which needs a restart. */
  async renew(url: string): Promise<boolean> {
    if (!samePlace(url, this.#current)) return false;
    if (url === (this.#next ?? this.#current)) return true;
    this.close();
    this.#complained = false;
    this.#next = url === this.#current ? null : url;
    if (this.#options.redis.status !== 'ready' || this.#next === null) this.#connectWith(url);
    else await this.#try();
    return true;
  }

  /** An error of a connection; where it is a refusal the next one begins with the other login. */
  failed(error: Error): void {
    if (!refusal.test(error.message)) return;
    if (this.#next !== null) this.#connectWith(this.#atConnect === this.#next ? this.#current : this.#next);
    void this.#options.newer?.().catch(() => undefined);
  }

  /** A connection stands and is logged in. */
  ready(): void {
    if (this.#next === null) return;
    if (this.#atConnect === this.#next) this.#taken(this.#next);
    else this.#tryLater();
  }

  close(): void {
    this.#cancelTry();
  }

  /** Logs in on the connection that stands. */
  async #try(): Promise<void> {
    const { redis, within } = this.#options;
    const next = this.#next;
    // Without a connection the next one tries.
    if (next === null || redis.status !== 'ready') return;
    const { username, password } = loginOf(next);
    try {
      // Who needs no password any more needs not say so either.
      if (password !== undefined) await within(authenticate(redis, { username, password }));
    } catch (error) {
      if (this.#next !== next) return;
      this.#complain(error);
      this.#tryLater();
      return;
    }
    if (this.#next === next) this.#taken(next);
  }

  #tryLater(): void {
    this.#cancelTry();
    this.#cancelTry = this.#options.clock.after(tryAgainMs, () => void this.#try());
  }

  #taken(login: string): void {
    const { log, store } = this.#options;
    this.#current = login;
    this.#next = null;
    this.#cancelTry();
    this.#connectWith(login);
    log.info({ store }, 'the changed login of Redis is in use');
  }

  #connectWith(login: string): void {
    this.#atConnect = login;
    const { username, password } = loginOf(login);
    // Read at each connect. What is absent is null for it, as it reads addresses itself.
    Object.assign(this.#options.redis.options, { username: username ?? null, password: password ?? null });
  }

  #complain(error: unknown): void {
    const reason = error instanceof Error ? error.message : 'unknown error';
    // What came late, or not at all, says nothing about the login.
    if (this.#complained || !/^(?:WRONGPASS|NOAUTH|ERR)/.test(reason)) return;
    this.#complained = true;
    const { log, store } = this.#options;
    log.warn(
      { store, reason },
      'the changed login of Redis does not work yet; the one before stays in use until it does',
    );
  }
}

function authenticate(redis: Redis, { username, password = '' }: Login): Promise<unknown> {
  return username === undefined ? redis.auth(password) : redis.auth(username, password);
}
