import type { Health, HealthCall } from '../../sdk/health.ts';
import type { FailureKind } from '../../sdk/target.ts';

/**
 * Failures that say something of the key that was used, not of the target, and how long the key rests where the
 * provider does not say, in milliseconds. A refused key is asked now and then: somebody may have mended it.
 */
const keyRestMs: Partial<Readonly<Record<FailureKind, number>>> = { auth: 60_000, rate_limit: 5_000 };

/**
 * The call that a target's health was entered for before anything else was done. One question may take several calls
 * (another key, another API of the provider): the first takes what was entered, the others enter for themselves.
 */
export class EnteredHealth {
  readonly #health: Health;
  readonly #id: string;
  #call: HealthCall | null;

  constructor(health: Health, id: string, call: HealthCall) {
    this.#health = health;
    this.#id = id;
    this.#call = call;
  }

  take(): HealthCall {
    const entered = this.#call ?? this.#health.enter(this.#id, null);
    this.#call = null;
    // Without a rule everybody is let in.
    return entered as HealthCall;
  }

  /** No call was made. */
  left(): void {
    this.#call?.left();
    this.#call = null;
  }
}

/** Tells the health of a target, and of the key that was used, how an attempt ended. */
export class AttemptHealth {
  readonly #target: HealthCall;
  readonly #key: HealthCall | null;

  /** @param key null where the provider has one key or none: then the target stands for it. */
  constructor(target: HealthCall, key: HealthCall | null) {
    this.#target = target;
    this.#key = key;
  }

  answered(firstByteMs: number): void {
    this.#target.answered(firstByteMs);
    this.#key?.answered(firstByteMs);
  }

  succeeded(tokens: number): void {
    this.#target.succeeded(tokens);
    this.#key?.succeeded(tokens);
  }

  /** @param restMs how long the provider asked to be left alone; null where it did not say. */
  failed(kind: FailureKind, restMs: number | null): void {
    if (this.#key === null) return this.#target.failed(kind, restMs);
    const rest = keyRestMs[kind];
    if (rest !== undefined) {
      this.#key.failed(kind, restMs ?? rest);
      this.#target.left();
    } else {
      this.#key.left();
      this.#target.failed(kind, restMs);
    }
  }

  /** Broken off from our side, which says nothing about either. */
  left(): void {
    this.#target.left();
    this.#key?.left();
  }
}
