import { SteadyTime } from '../../sdk/budget/steady-time.ts';
import type { Clock, Log } from '../../sdk/services.ts';
import { KeyAdmin } from '../keys/admin.ts';
import { KeyDirectory } from '../keys/directory.ts';
import { keySpend } from '../keys/key-spend.ts';
import type { Stores } from './stores.ts';

type KeyStores = Pick<Stores, 'keys' | 'ledger' | 'counters'>;

/** The virtual keys of a gateway: all of them in memory, and what can be done with them. Opened on first use. */
export class KeyService {
  readonly #stores: KeyStores;
  readonly #clock: Clock;
  readonly #log: Log;
  #directory: KeyDirectory | null = null;
  #admin: KeyAdmin | null = null;
  #started: Promise<void> | null = null;

  constructor(stores: KeyStores, clock: Clock, log: Log) {
    this.#stores = stores;
    this.#clock = clock;
    this.#log = log;
  }

  get directory(): KeyDirectory {
    this.#directory ??= new KeyDirectory({ store: this.#stores.keys, clock: this.#clock, log: this.#log });
    return this.#directory;
  }

  get admin(): KeyAdmin {
    if (this.#admin === null) {
      const stores = this.#stores;
      const windowTime = SteadyTime.of(this.#clock);
      this.#admin = new KeyAdmin({
        store: stores.keys,
        directory: this.directory,
        clock: this.#clock,
        windowTime,
        spend: keySpend({ ledger: () => stores.ledger, counters: () => stores.counters, windowTime }),
      });
    }
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
