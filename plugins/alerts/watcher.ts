import { hash } from 'node:crypto';
import type { Cancel, Reservation, Services, Trace } from '../../sdk/index.ts';
import { Webhook } from '../../sdk/webhook.ts';
import { Board, type Notice } from './board.ts';
import { conditionsOf } from './conditions.ts';
import { type Memory, memoryOf } from './memory.ts';
import { messageOf } from './message.ts';
import type { AlertsOptions } from './options.ts';

/** How often the thresholds are held against what happened. */
const everyMs = 30_000;
/** A message that did not arrive is due again after so long. */
const againMs = 300_000;
/** Longer than the webhook tries. */
const claimTtlMs = 120_000;

export type WatcherServices = Pick<Services, 'clock' | 'counters' | 'http' | 'ids' | 'ledger' | 'log'>;

/** Counts what happens, looks at it twice a minute, and tells. Nothing of it is on the way of a request. */
export class Watcher {
  readonly #options: AlertsOptions;
  readonly #services: WatcherServices;
  readonly #memory: Memory;
  readonly #board: Board;
  readonly #webhook: Webhook | null;
  #cancel: Cancel = () => undefined;
  #closed = false;

  /** @param file names its memory: a watcher of the same file goes on with what the one before knew. */
  constructor(options: AlertsOptions, services: WatcherServices, file: string) {
    this.#options = options;
    this.#services = services;
    this.#memory = memoryOf(file, services);
    this.#memory.watchers = [...this.#memory.watchers, this];
    this.#board = new Board({
      cooldownMs: options.cooldown,
      resolveAfterMs: options.resolve_after,
      rule: ({ event }) => options[event],
      entries: this.#memory.entries,
    });
    const words = { option: 'webhook', what: 'an alert' };
    this.#webhook = options.webhook === undefined ? null : new Webhook(options.webhook, services, words);
    this.#next();
  }

  add(trace: Trace): void {
    this.#memory.traffic.add(trace, this.#services.clock.monotonic());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    this.#memory.watchers = this.#memory.watchers.filter((one) => one !== this);
    await this.#webhook?.close();
  }

  #next(): void {
    if (this.#closed) return;
    const { clock } = this.#services;
    // Changes of the folder, one soon after the other, must not put the look off.
    const dueMs = Math.max(0, this.#memory.lookedMs + everyMs - clock.monotonic());
    this.#cancel = clock.after(dueMs, () => {
      void this.#look()
        .catch((error: unknown) =>
          this.#services.log.error({ error: String(error) }, 'alerts: a look failed'),
        )
        .finally(() => this.#next());
    });
  }

  async #look(): Promise<void> {
    const { traffic, spend, watchers } = this.#memory;
    this.#memory.lookedMs = this.#services.clock.monotonic();
    // A newer version of the folder looks, by its own thresholds.
    if (watchers.at(-1) !== this) return;
    const spending = this.#options.off.includes('spend') ? [] : await spend.read();
    if (this.#closed) return;
    const nowMs = this.#services.clock.monotonic();
    const conditions = conditionsOf(this.#options, traffic, spending, nowMs);
    for (const notice of this.#board.update(conditions, nowMs)) {
      if (notice.status === 'resolved') this.#tell(notice, () => undefined);
      else await this.#claim(notice);
    }
  }

  /** One of a fleet tells: a counter with room for one decides which. */
  async #claim(notice: Notice): Promise<void> {
    const { clock, counters, ids } = this.#services;
    const { cooldown } = this.#options;
    const { event, subject } = notice.condition;
    const window = Math.floor(clock.now() / cooldown);
    const name = hash('sha256', subject, 'base64url').slice(0, 22);
    const key = `alert|${event}|${name}|${cooldown}|${window}`;
    const resetsAtMs = (window + 1) * cooldown;
    const claim: Reservation[] = [{ kind: 'budget', key, limit: 1, amount: 1, resetsAtMs }];
    const id = `alert|${ids.request()}`;
    try {
      if (!(await counters.admit(id, claim, claimTtlMs)).admitted) return this.#board.leave(notice);
    } catch {
      // Without its counters nobody knows who tells: better twice than not at all.
      return this.#tell(notice, () => undefined);
    }
    this.#tell(notice, (told) => {
      void Promise.resolve(counters.settle(id, claim, [told ? 1 : 0])).catch(() => undefined);
    });
  }

  #tell(notice: Notice, done: (told: boolean) => void): void {
    const { clock, log } = this.#services;
    const { condition, status } = notice;
    const { text: _text, ...message } = messageOf(condition, status, this.#options.runbooks);
    log[status === 'firing' ? 'warn' : 'info'](message, `alert ${status}: ${condition.text}`);
    if (this.#webhook === null) return done(true);
    this.#webhook.send(messageOf(condition, status, this.#options.runbooks), (told) => {
      if (!told) this.#board.missed(notice, clock.monotonic(), againMs);
      done(told);
    });
  }
}
