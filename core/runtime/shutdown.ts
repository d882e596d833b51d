import { GatewayError } from '../../sdk/errors.ts';
import type { Clock } from '../../sdk/services.ts';
import type { ServerConfig } from '../config/config.ts';
import type { InFlight } from '../pipeline/in-flight.ts';
import type { Gate } from '../server/gate.ts';
import type { Listening } from '../server/listen.ts';
import { stayAwake } from '../services/awake.ts';
import type { DrainOptions } from './gateway.ts';

export interface ShutdownDeps {
  readonly clock: Clock;
  readonly active: InFlight;
  readonly gate: Pick<Gate, 'drain'>;
  config(): Pick<ServerConfig, 'drainDelayMs' | 'drainTimeoutMs'>;
}

/**
 * How long connections to one of several processes have to be used once more, and told to close. Clients at work do so at
 * once, and nobody waits for the others: the next process serves already.
 */
const aloneMs = 10_000;
const lookMs = 100;
/** A connection that was just taken has this long to ask: its client sends as soon as it may. */
const newcomersMs = 1_000;
/** What was broken off is booked and told so before its connection is closed: so long, at most. */
const lastWordsMs = 5_000;

/** How a gateway ends: first it is not ready, then it takes no more connections, then the rest is broken off. */
export class Shutdown {
  readonly #deps: ShutdownDeps;
  #leaving = false;
  #closed = false;
  /** Who waits for the last request to end. */
  #waiters: (() => void)[] = [];
  #draining: Promise<void> | null = null;

  constructor(deps: ShutdownDeps) {
    this.#deps = deps;
  }

  /** It is to stop: whoever asks is told to go elsewhere, and answered all the same. */
  get leaving(): boolean {
    return this.#leaving;
  }

  /** It takes nothing any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Connections that stay open may ask once more each, and are answered with `Connection: close`: a client that could not
   * know must not fail.
   *
   * @param listening null where nothing listens: who calls the gateway directly knows that it stops.
   */
  drain(listening: Listening | null, options: DrainOptions): Promise<void> {
    if (options.alone !== true) this.#leaving = true;
    this.#draining ??= this.#drain(listening, options);
    return this.#draining;
  }

  async #drain(listening: Listening | null, { delay = true, alone = false }: DrainOptions): Promise<void> {
    const { active, gate } = this.#deps;
    const { drainDelayMs, drainTimeoutMs } = this.#deps.config();
    if (listening === null) this.#closed = true;
    else {
      listening.leave();
      // Others take the connections from here on; only those that are there must come to their end.
      if (alone) listening.stopAccepting();
      if (delay && alone) await this.#untilLeft(listening, Math.max(drainDelayMs, aloneMs));
      else if (delay && drainDelayMs > 0) await this.#pause(drainDelayMs);
      if (!alone) listening.stopAccepting();
      listening.endIdle();
    }
    // Those that wait are refused, and have left once they are told.
    let refused = gate.drain();
    let waitedMs = 0;
    if (listening !== null && !alone) {
      // When the last connection ends nothing else keeps the process, and there is work left.
      waitedMs = await stayAwake(this.#untilLeft(listening, Math.min(newcomersMs, drainTimeoutMs)));
      refused = gate.drain();
    }
    if (refused > 0 || active.size > 0) await this.#untilIdle(Math.max(0, drainTimeoutMs - waitedMs));
    // Their last words are waited for by `close`: this takes no longer than it was given.
    this.#breakOff();
    this.#closed = true;
  }

  /** Takes nothing any more, breaks off what is under way, and waits until its clients were told. */
  async close(): Promise<void> {
    this.#leaving = true;
    this.#closed = true;
    this.#deps.gate.drain();
    this.#breakOff();
    if (this.#deps.active.size > 0) await this.#untilIdle(lastWordsMs);
  }

  #breakOff(): void {
    for (const exchange of this.#deps.active) {
      exchange.breakOff(
        new GatewayError(
          'draining',
          'The gateway is shutting down and could not wait for this answer any longer.',
        ),
        'shutdown',
      );
    }
  }

  /** A request has ended. */
  released(): void {
    if (this.#deps.active.size > 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const tell of waiters) tell();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#deps.clock.after(ms, resolve);
    });
  }

  /** Until no connection is open, or the time is over. @returns how long that was, in milliseconds. */
  async #untilLeft(listening: Listening, limitMs: number): Promise<number> {
    let waitedMs = 0;
    for (; waitedMs < limitMs; waitedMs += lookMs) {
      if ((await listening.connections()) === 0) break;
      await this.#pause(lookMs);
    }
    return waitedMs;
  }

  /** Until no request is under way, or the time is over. */
  #untilIdle(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.clock.after(limitMs, resolve);
      this.#waiters.push(() => {
        cancel();
        resolve();
      });
    });
  }
}
