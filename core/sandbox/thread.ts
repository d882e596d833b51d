import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { threadEnv } from '../services/thread-env.ts';
import { type Answer, type CallFrame, cancelCall, KIND, takeAnswer, writeCall } from './frame.ts';
import { WORKER_STACK_MIB } from './limits.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './message.ts';
import { CELL, type Mailbox, newMailboxMemory, openMailbox } from './ring.ts';

export type ThreadSetup = Omit<WorkerSetup, 'shared' | 'port'>;

/** What a thread tells its pool. */
export interface ThreadEvents {
  /** A message came: a load ended, or an answer that did not fit. */
  message(thread: Thread, message: FromWorker): void;
  /** The thread ended although nobody ended it. */
  died(thread: Thread, reason: string): void;
}

const CONTROL_FRAME_BYTES = 16;
const entry = new URL(`./worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

/** The main thread's end of one sandbox thread. */
export class Thread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #mailbox: Mailbox;
  #ended = false;
  #waiting = false;
  #booted = false;
  #held = true;
  #wasAsleep = false;
  #sent = false;

  constructor(setup: ThreadSetup, events: ThreadEvents) {
    const shared = newMailboxMemory();
    const { port1, port2 } = new MessageChannel();
    this.#mailbox = openMailbox(shared);
    this.#port = port1;
    const workerData: WorkerSetup = { ...setup, shared, port: port2 };
    this.#worker = new Worker(entry, {
      workerData,
      transferList: [port2],
      env: threadEnv(),
      // Flags of the main program, such as --eval's, need not make sense for this entry.
      execArgv: [],
      name: 'sluice-sandbox',
      resourceLimits: { stackSizeMb: WORKER_STACK_MIB, maxOldGenerationSizeMb: 128 },
    });
    this.#port.on('message', (message: FromWorker) => {
      if (message.type === 'ready') this.#booted = true;
      if (!this.#ended) events.message(this, message);
    });
    let reason = '';
    this.#worker.on('error', (error: Error) => {
      reason = error.message;
    });
    this.#worker.on('exit', (code) => {
      if (this.#ended) return;
      this.#ended = true;
      this.#port.close();
      events.died(this, reason || `exit code ${code}`);
    });
    this.hold(false);
  }

  /** False until the thread has started: what is sent before waits. */
  get booted(): boolean {
    return this.#booted;
  }

  /** Id of what runs now, 0 for nothing. */
  get running(): number {
    return Atomics.load(this.#mailbox.cells, CELL.running);
  }

  /** Whether the thread slept when something was last sent: then an answer takes a while. */
  get wasAsleep(): boolean {
    return this.#wasAsleep;
  }

  /** Grows with each start of a call or load. */
  get starts(): number {
    return Atomics.load(this.#mailbox.cells, CELL.starts);
  }

  /** Changes while what runs can still be stopped from within. */
  get ticks(): number {
    return Atomics.load(this.#mailbox.cells, CELL.ticks);
  }

  /** Where the call waits, for `cancel`; -1 when the mailbox has no room now. Ends with `wake`. */
  sendCall(call: CallFrame): number {
    const at = writeCall(this.#mailbox, call, (texts) => this.#post({ type: 'texts', texts }));
    if (at >= 0) this.#sent = true;
    return at;
  }

  /** Takes a call back; false when the thread has begun it. */
  cancel(at: number, id: number): boolean {
    return cancelCall(this.#mailbox, at, id);
  }

  /** False when the mailbox has no room now. */
  sendControl(message: ToWorker): boolean {
    const { requests, words } = this.#mailbox;
    const at = requests.reserve(CONTROL_FRAME_BYTES);
    if (at < 0) return false;
    this.#post(message);
    words[(at >> 2) + 1] = KIND.control;
    requests.commit(CONTROL_FRAME_BYTES);
    this.#sent = true;
    this.wake();
    return true;
  }

  /** The next finished call, if any. */
  take(): Answer | undefined {
    return takeAnswer(this.#mailbox);
  }

  /**
   * Calls `wake` once when an answer comes; false when one is here already. The event loop is free meanwhile.
   */
  wakeOnAnswer(wake: () => void): boolean {
    const { cells } = this.#mailbox;
    const seen = Atomics.load(cells, CELL.answerHead);
    Atomics.store(cells, CELL.mainAsleep, 1);
    if (Atomics.load(cells, CELL.answerTail) !== seen) {
      Atomics.store(cells, CELL.mainAsleep, 0);
      return false;
    }
    if (this.#waiting) return true;
    const wait = Atomics.waitAsync(cells, CELL.answerTail, seen);
    if (!wait.async) {
      Atomics.store(cells, CELL.mainAsleep, 0);
      return false;
    }
    this.#waiting = true;
    void wait.value.then(() => {
      this.#waiting = false;
      wake();
    });
    return true;
  }

  /** Keeps the process alive while something is awaited, and not longer. */
  hold(on: boolean): void {
    if (on === this.#held || this.#ended) return;
    this.#held = on;
    if (on) {
      this.#worker.ref();
      this.#port.ref();
    } else {
      this.#worker.unref();
      this.#port.unref();
    }
  }

  /** Kills the thread, whatever it is doing. Its mailbox can still be read. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#port.close();
    // Nobody will notify a waiter of this mailbox again.
    Atomics.notify(this.#mailbox.cells, CELL.answerTail);
    await this.#worker.terminate();
  }

  #post(message: ToWorker): void {
    this.#port.postMessage(message);
  }

  /**
   * Wakes the thread if it sleeps and something was sent. Waking is dear: it is done once for all calls that were sent
   * in a turn of the event loop.
   */
  wake(): void {
    if (!this.#sent) return;
    this.#sent = false;
    const { cells } = this.#mailbox;
    this.#wasAsleep = Atomics.load(cells, CELL.workerAsleep) === 1;
    if (this.#wasAsleep) Atomics.notify(cells, CELL.requestTail);
  }
}
