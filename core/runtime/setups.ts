import type { Log } from '../../sdk/services.ts';
import type { Program } from '../program/step.ts';
import type { Setup } from './setup.ts';

/**
 * Ties programs to the configuration they were loaded with. A configuration is closed when it is no longer the
 * current one and no program that was loaded with it is in use.
 */
export class Setups {
  readonly #log: Log;
  readonly #users = new Map<Setup, number>();
  readonly #setupOf = new WeakMap<Program, Setup>();
  #current: Setup;

  constructor(first: Setup, log: Log) {
    this.#current = first;
    this.#log = log;
    this.#users.set(first, 0);
  }

  get current(): Setup {
    return this.#current;
  }

  of(program: Program): Setup {
    return this.#setupOf.get(program) ?? this.#current;
  }

  /** The program runs on the setup until it is closed. */
  bind(program: Program, setup: Setup): Program {
    this.#users.set(setup, (this.#users.get(setup) ?? 0) + 1);
    const bound: Program = {
      ...program,
      close: async () => {
        await program.close?.();
        this.#users.set(setup, this.#users.get(setup)! - 1);
        await this.#closeIfUnused(setup);
      },
    };
    this.#setupOf.set(bound, setup);
    return bound;
  }

  /** New programs use `next`. */
  async replace(next: Setup): Promise<void> {
    const before = this.#current;
    if (!this.#users.has(next)) this.#users.set(next, 0);
    this.#current = next;
    if (before !== next) await this.#closeIfUnused(before);
  }

  /** A setup that was made and never became current. */
  async discard(setup: Setup): Promise<void> {
    if (setup !== this.#current) await this.#closeIfUnused(setup);
  }

  /** Closes the current one; call it after every program is closed. */
  async close(): Promise<void> {
    await this.#end(this.#current);
  }

  async #closeIfUnused(setup: Setup): Promise<void> {
    if (setup === this.#current || (this.#users.get(setup) ?? 0) > 0) return;
    await this.#end(setup);
  }

  async #end(setup: Setup): Promise<void> {
    this.#users.delete(setup);
    try {
      await setup.close();
    } catch (error) {
      this.#log.warn({ config: setup.config.version, error: String(error) }, 'a provider failed to close');
    }
  }
}
