import type { Clock } from '../../../sdk/services.ts';
import { LanceChild } from './lance-child.ts';
import { LanceFailure } from './lance-failure.ts';
import type { LanceCallName, LanceCalls, LanceSetup } from './lance-message.ts';

/** A call that waits for the next child. */
interface Waiting {
  readonly go: () => void;
  readonly fail: (reason: string) => void;
}

const closeMs = 5000;
/** A child that is above its bound soon after its start is not made better by another one. */
const youngMs = 10_000;

/**
 * LanceDB in a process of its own, so that its crashes, hanging calls and memory are not the gateway's. Started by the
 * first call, again after a death. One that has taken too much memory is replaced: calls under way and readings end
 * with the old one, others wait for the new one.
 */
export class LanceProcess {
  readonly #setup: LanceSetup;
  readonly #clock: Clock;
  readonly #maxRssBytes: number;
  #child: LanceChild | undefined;
  #startedMs = 0;
  /** The one after, while the present one ends its calls. */
  #next: LanceChild | undefined;
  readonly #waiting: Waiting[] = [];
  #closed = false;
  /** Children that were replaced since they had taken too much memory. */
  replaced = 0;

  /** @param maxRssBytes what a child may take, the code of LanceDB (110 MiB) included. */
  constructor(setup: LanceSetup, clock: Clock, maxRssBytes: number) {
    this.#setup = setup;
    this.#clock = clock;
    this.#maxRssBytes = maxRssBytes;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Memory of the child, as it last said; null while there is none. */
  get rssBytes(): number | null {
    return this.#child?.rssBytes ?? null;
  }

  /** @throws LanceFailure where it was not done, or not in time. */
  async call<Name extends LanceCallName>(
    deadlineMs: number,
    name: Name,
    ...args: Parameters<LanceCalls[Name]>
  ): Promise<Awaited<ReturnType<LanceCalls[Name]>>> {
    const ofReading = name === 'read' || name === 'stopReading';
    while (this.#next !== undefined && !ofReading) await this.#turn(deadlineMs, name);
    if (this.#closed) throw new LanceFailure('failed', 'the store is closed');
    const child = this.#running();
    try {
      return (await child.call(deadlineMs, name, args)) as Awaited<ReturnType<LanceCalls[Name]>>;
    } finally {
      this.#answered(child);
    }
  }

  /** Resolves when the child has ended. */
  async close(): Promise<void> {
    if (this.#closed) return;
    const child = this.#child;
    // It ends what is under way; what takes longer than that is not waited for.
    await child?.call(closeMs, 'close', []).catch(() => undefined);
    this.#closed = true;
    for (const { fail } of this.#waiting.splice(0)) fail('the store was closed');
    await Promise.all([child, this.#next].map((one) => one?.kill('the store was closed')));
  }

  #running(): LanceChild {
    this.#child ??= this.#start();
    return this.#child;
  }

  #start(): LanceChild {
    this.#startedMs = this.#clock.monotonic();
    return new LanceChild(this.#setup, this.#clock, (child) => this.#ended(child));
  }

  #answered(child: LanceChild): void {
    if (this.#child !== child || this.#closed) return;
    if (this.#next === undefined) {
      const young = this.#clock.monotonic() - this.#startedMs < youngMs;
      // Tidying takes minutes at worst, and gives back what it took.
      if (child.rssBytes <= this.#maxRssBytes || young || child.tidying) return;
      this.#next = this.#start();
    }
    if (!child.idle) return;
    this.replaced += 1;
    this.#switch();
    void child.kill('it was replaced');
  }

  #ended(child: LanceChild): void {
    if (this.#next === child) this.#next = undefined;
    else if (this.#child === child) this.#switch();
    else return;
    if (this.#next === undefined) this.#go();
  }

  /** The next child takes over. */
  #switch(): void {
    this.#child = this.#next;
    this.#next = undefined;
    this.#go();
  }

  #turn(deadlineMs: number, name: LanceCallName): Promise<void> {
    return new Promise((resolve, reject) => {
      const stopWatch = this.#clock.after(deadlineMs, () => {
        const at = this.#waiting.indexOf(waiting);
        if (at >= 0) this.#waiting.splice(at, 1);
        waiting.fail(`${name} waited longer than ${deadlineMs} ms for another process`);
      });
      const waiting: Waiting = {
        go: () => {
          stopWatch();
          resolve();
        },
        fail: (reason) => {
          stopWatch();
          reject(new LanceFailure('failed', reason));
        },
      };
      this.#waiting.push(waiting);
    });
  }

  #go(): void {
    for (const { go } of this.#waiting.splice(0)) go();
  }
}
