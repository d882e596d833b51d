import type { Clock, Log } from '../../sdk/services.ts';
import { KeyAdmin } from '../keys/admin.ts';
import { KeyDirectory } from '../keys/directory.ts';
import type { Stores } from './stores.ts';

/** The virtual keys of a gateway: all of them in memory, and what can be done with them. Opened on first use. */
export class KeyService {
  readonly #stores: Pick<Stores, 'keys'>;
  readonly #clock: Clock;
  readonly #log: Log;
  #directory: KeyDirectory | null = null;
  #admin: KeyAdmin | null = null;
  #started: Promise<void> | null = null;

  constructor(stores: Pick<Stores, 'keys'>, clock: Clock, log: Log) {
    this.#stores = stores;
    this.#clock = clock;
    this.#log = log;
  }

  get directory(): KeyDirectory {
    this.#directory ??= new KeyDirectory({ store: this.#stores.keys, clock: this.#clock, log: this.#log });
    return this.#directory;
  }

  get admin(): KeyAdmin {
    this.#admin ??= new KeyAdmin({
      store: this.#stores.keys,
      directory: this.directory,
      clock: this.#clock,
    });
    return this.#admin;
  }

  /** Resolves once all keys were read, or the store turned out to be down; they are followed from then on. */
  start(): Promise<void> {
    this.#started ??= this.directory.start();
    return this.#started;
  }

  async close(): Promise<void> {
    await this.#directory?.close();
  }
}
