import { createRequire } from 'node:module';
import type { Redis } from 'ioredis';
import type { Cancel, Clock, Log } from '../../../sdk/services.ts';
import { RedisLogins } from './redis-logins.ts';
import type { Script } from './scripts.ts';

/** A client library that most gateways never use is loaded by those that do. */
const load = createRequire(import.meta.url);

export interface RedisLinkOptions {
  /** `redis://` or `rediss://`. */
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
  /** What it is for, as the log names it; `counters` by default. */
  readonly store?: string;
  /** How long a command may take before its caller goes on without it. */
  readonly deadlineMs: number;
  /** What happens while Redis is away, for the log: `refuses`, `counts by itself`. */
  readonly meanwhile: string;
  /** Runs before the link counts as up, each time: what has to be true first. A failure keeps it down. */
  readonly recover: () => Promise<void>;
  /** A login was refused: asks for a newer one, which comes to `renew`. */
  readonly newerLogin?: (() => Promise<void>) | undefined;
}

/** A command that has no answer. `sent`: Redis may have executed it all the same, or may still do so. */
export class LinkFailure extends Error {
  readonly sent: boolean;

  constructor(reason: string, sent: boolean) {
    super(reason);
    this.name = 'LinkFailure';
    this.sent = sent;
  }
}

/** That many commands in a row without an answer, and no other is sent until Redis answers a ping. */
const failuresToOpen = 3;
const probeMs = 200;
/**
 * A deadline is waited for in that many parts, one after the other, so that it measures Redis and not this process: a
 * command that was asked for in a turn of the event loop that takes long has not even been sent when a single timer ends.
 */
const deadlineParts = 5;

/** A connection to Redis with a deadline for every command, and a breaker: while it is down, calls fail at once. */
export class RedisLink {
  readonly #options: RedisLinkOptions;
  readonly #redis: Redis;
  readonly #logins: RedisLogins;
  readonly #store: string;
  /** Host, port and database: what may be shown. */
  readonly #address: string;
  #state: 'starting' | 'up' | 'down' | 'closed' = 'starting';
  readonly #firstUp: Promise<void>;
  #wentUp: () => void = () => {};
  #failures = 0;
  #lastError = 'not connected yet';
  #downSinceMs = 0;
  #recovering = false;
  #ping: Promise<unknown> | null = null;
  #cancelProbe: Cancel = () => {};

  constructor(options: RedisLinkOptions) {
    const { store = 'counters' } = options;
    this.#options = options;
    this.#store = store;
    // Not `new URL` alone: its error carries the address, and with it the password.
    if (!URL.canParse(options.url)) throw new RangeError(`expected redis://host:port for the ${store}`);
    const { protocol, host, pathname } = new URL(options.url);
    this.#address = `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
    this.#firstUp = new Promise((resolve) => {
      this.#wentUp = resolve;
    });
    const { Redis } = load('ioredis') as typeof import('ioredis');
    this.#redis = new Redis(options.url, {
      enableAutoPipelining: true,
      // Nothing waits for a server that is away, and nothing is sent twice behind our back: callers repeat by id.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      // Its own numbers are off by one close to 2^53.
      stringNumbers: true,
      connectTimeout: 2000,
      // A connection on which nothing comes back, though something is awaited, is given up for another.
      socketTimeout: 5000,
      retryStrategy: (times) => Math.min(1000, 5 * 2 ** Math.min(times, 8)),
    });
    this.#logins = new RedisLogins({
      ...options,
      store,
      redis: this.#redis,
      newer: options.newerLogin,
      within: (answer) => this.within(answer),
    });
    this.#redis.on('error', (error: Error) => {
      this.#lastError = error.message || error.name;
      this.#logins.failed(error);
    });
    this.#redis.on('close', () => this.#down(this.#lastError));
    this.#redis.on('ready', () => {
      this.#lastError = 'connection closed';
      this.#logins.ready();
      void this.#tryRecover();
    });
  }

  get up(): boolean {
    return this.#state === 'up';
  }

  /**
   * Takes over an address with another user or password, on the connection that stands and on those to come.
   *
   * @returns once it was tried; false where it is another place, which needs a restart.
   */
  renew(url: string): Promise<boolean> {
    return this.#logins.renew(url);
  }

  /** @returns false where the link did not come up in time. */
  async connected(timeoutMs: number): Promise<boolean> {
    let cancel: Cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(timeoutMs, resolve);
    });
    await Promise.race([this.#firstUp, late]);
    cancel();
    return this.up;
  }

  /**
   * Runs a script.
   *
   * @throws LinkFailure where there was no answer, at once while the link is down.
   * @throws what Redis answered, where it was an error in the call and not in the server.
   */
  run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return this.ask(() => this.#evaluate(script, keys, args));
  }

  /** As `run`, for any command. */
  async ask<T>(send: (redis: Redis) => Promise<T>): Promise<T> {
    if (this.#state === 'starting') await this.connected(this.#options.deadlineMs);
    if (!this.up) throw new LinkFailure(this.#lastError, false);
    try {
      const answer = await this.within(send(this.#redis));
      this.#failures = 0;
      return answer;
    } catch (error) {
      if (!(error instanceof LinkFailure)) throw error;
      this.#failures += 1;
      if (this.#failures >= failuresToOpen) this.#down(error.message);
      throw error;
    }
  }

  /** As `run`, also while the link is down: for `recover`. */
  runAnyway(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return this.within(this.#evaluate(script, keys, args));
  }

  /** Any other command, for rare use. */
  command(send: (redis: Redis) => Promise<unknown>): Promise<unknown> {
    return this.within(send(this.#redis));
  }

  /** Takes the link down, since what it answers is not to be used as it is. */
  distrust(reason: string): void {
    this.#down(reason);
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    this.#cancelProbe();
    this.#logins.close();
    if (this.#redis.status === 'ready') await this.within(this.#redis.quit()).catch(() => {});
    this.#redis.disconnect();
  }

  async #evaluate(
    { lua, sha }: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    try {
      return await this.#redis.evalsha(sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return await this.#redis.eval(lua, keys.length, ...keys, ...args);
    }
  }

  /** The answer, or a LinkFailure at the deadline. */
  within<T>(answer: Promise<T>): Promise<T> {
    const { clock, deadlineMs } = this.#options;
    return new Promise((resolve, reject) => {
      const late = () => reject(new LinkFailure(`no answer within ${deadlineMs} ms`, true));
      let left = deadlineParts;
      let cancel: Cancel;
      const wait = () => {
        cancel = clock.after(deadlineMs / deadlineParts, () => {
          left -= 1;
          // The answer may lie in the socket already: read it first.
          if (left === 0) setImmediate(late);
          else wait();
        });
      };
      wait();
      answer.then(
        (value) => {
          cancel();
          resolve(value);
        },
        (error: unknown) => {
          cancel();
          reject(isMistake(error) ? error : new LinkFailure(messageOf(error), true));
        },
      );
    });
  }

  #down(reason: string): void {
    this.#lastError = reason;
    if (this.#state === 'down' || this.#state === 'closed') return;
    this.#state = 'down';
    this.#failures = 0;
    this.#downSinceMs = this.#options.clock.monotonic();
    const { log, meanwhile } = this.#options;
    log.warn({ store: this.#store, address: this.#address, reason, meanwhile }, 'Redis is out of reach');
    // A stall that is over by now costs no more than a ping.
    if (this.#redis.status === 'ready') void this.#tryRecover();
    else this.#probeLater();
  }

  #probeLater(): void {
    this.#cancelProbe();
    this.#cancelProbe = this.#options.clock.after(probeMs, () => void this.#tryRecover());
  }

  async #tryRecover(): Promise<void> {
    if (this.#state === 'up' || this.#state === 'closed') return;
    if (this.#recovering) {
      this.#probeLater();
      return;
    }
    this.#recovering = true;
    try {
      if (this.#redis.status !== 'ready') throw new LinkFailure(this.#lastError, false);
      await this.#answersPing();
      await this.#options.recover();
      this.#up();
    } catch (error) {
      this.#lastError = messageOf(error);
      this.#probeLater();
    } finally {
      this.#recovering = false;
    }
  }

  /** One ping at a time: a server that hangs must not collect them. */
  async #answersPing(): Promise<void> {
    if (this.#ping === null) {
      this.#ping = this.#redis.ping().finally(() => {
        this.#ping = null;
      });
      this.#ping.catch(() => {});
    }
    await this.within(this.#ping);
  }

  #up(): void {
    const wasDown = this.#state === 'down';
    if (this.#redis.status !== 'ready' || this.#state === 'closed')
      throw new LinkFailure(this.#lastError, false);
    this.#state = 'up';
    this.#wentUp();
    if (!wasDown) return;
    const downMs = Math.round(this.#options.clock.monotonic() - this.#downSinceMs);
    this.#options.log.info({ store: this.#store, address: this.#address, downMs }, 'Redis is back');
  }
}

/** True for an error in the call itself: repeating it will not help, and Redis is well. */
function isMistake(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError' && /^(ERR|WRONGTYPE)\b/.test(error.message);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}
