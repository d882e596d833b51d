import { onPrimaryGone, primaryPort } from '../cluster/fork.ts';
import { Member } from '../cluster/member.ts';
import type { DrainOptions, Gateway } from '../runtime/gateway.ts';
import { systemClock } from '../services/clock.ts';
import type { ExitCode } from './command.ts';
import { statusText } from './status-text.ts';

/** Told how to stop: by the primary process, by a signal to this one alone, or because the primary is gone. */
export class WorkerOrders {
  readonly stopped: Promise<DrainOptions>;
  readonly member: Member;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<DrainOptions>();
    this.stopped = promise;
    this.member = new Member({
      port: primaryPort(),
      clock: systemClock,
      residentBytes: () => process.memoryUsage.rss(),
      drain: (how) => {
        resolve(how);
        // The whole gateway stops while this one was already on its way out.
        this.#again?.(how);
      },
    });
    // Signals to the group, such as of a terminal, are for the primary process.
    process.on('SIGINT', () => undefined);
    process.on('SIGHUP', () => undefined);
    process.on('SIGUSR2', () => undefined);
    process.on('SIGTERM', () => resolve({ alone: true }));
    onPrimaryGone(() => resolve({ delay: false }));
  }

  #again: ((how: DrainOptions) => void) | null = null;

  /** Serves until it is told to stop. */
  async serve(gateway: Gateway): Promise<ExitCode> {
    try {
      const at = await gateway.listen();
      this.member.ready(gateway, at, statusText(gateway.status()));
    } catch (error) {
      await gateway.close();
      throw error;
    }
    const how = await this.stopped;
    this.#again = (next) => void gateway.drain(next);
    await gateway.drain(how);
    await this.member.last();
    await gateway.close();
    return 0;
  }
}
