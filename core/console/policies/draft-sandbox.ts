import type { Cancel, Clock, Log } from '../../../sdk/services.ts';
import { createPolicyLoader, type PolicyLoader } from '../../program/policy-loader.ts';

/** Its threads are kept for as long as somebody who writes a policy thinks. */
const idleMs = 120_000;

/**
 * A sandbox of its own for drafts: code that somebody is still writing loops and fails, and must not keep a thread from
 * policies that serve. There is none while nobody writes.
 */
export class DraftSandbox {
  readonly #clock: Clock;
  readonly #log: Log;
  #loader: PolicyLoader | null = null;
  #users = 0;
  #cancel: Cancel | null = null;
  #isOver = false;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Lends the loader of drafts for as long as `work` takes. */
  async use<T>(work: (loader: PolicyLoader) => Promise<T>): Promise<T> {
    this.#cancel?.();
    this.#cancel = null;
    this.#loader ??= createPolicyLoader({ clock: this.#clock, log: this.#log });
    this.#users += 1;
    try {
      return await work(this.#loader);
    } finally {
      this.#users -= 1;
      if (this.#isOver) await this.#end();
      else if (this.#users === 0) this.#cancel = this.#clock.after(idleMs, () => void this.#end());
    }
  }

  /** Ends the threads, with the last that uses them. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#end();
  }

  async #end(): Promise<void> {
    if (this.#users > 0) return;
    this.#cancel?.();
    this.#cancel = null;
    const loader = this.#loader;
    this.#loader = null;
    await loader?.close();
  }
}
