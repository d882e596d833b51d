import type { Answers, FromEngine, Question, ToEngine } from './messages.ts';

/** Without a sign of life for so long, the engine is ended: nothing honest takes as long. */
export const deadlineMs = 900;
/**
 * The deadline is counted in slices: on a machine that is busy with something else this page waits too, and what it waited
 * is not held against the engine.
 */
const sliceMs = 100;
/** A question that goes on as it should is given up all the same after so long. */
const mostMs = 20_000;
/** Its code comes over the network first. */
const startMs = 30_000;

/** The engine was ended because it was late, or could not start. The message is for the author. */
export class EngineStopped extends Error {
  override readonly name = 'EngineStopped';
}

/** What the client needs of a `Worker`. */
export interface EngineWorker {
  postMessage(message: ToEngine): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<FromEngine>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

export interface ClientParts {
  start(): EngineWorker;
  /** Runs something later; gives what cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

interface Waiting {
  readonly id: number;
  /** Its engine was late once: a busy machine looks like a loop, and is told from it by asking again. */
  retried: boolean;
  readonly question: Question;
  resolve(answer: Answers[keyof Answers]): void;
  reject(error: Error): void;
}

/**
 * Asks the engine, one question at a time. A question that waits is replaced by the next one of its type: only the
 * newest text matters. An engine that is late is ended from outside, whatever it does; its question is put once more to a
 * new one, and then given up.
 */
export class EngineClient {
  readonly #parts: ClientParts;
  #worker: EngineWorker | null = null;
  #ready = false;
  #running: Waiting | null = null;
  #queue: Waiting[] = [];
  #nextId = 1;
  #disarm: () => void = () => undefined;
  #disarmMost: () => void = () => undefined;

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  /** Whether a question would be answered at once. */
  get idle(): boolean {
    return this.#ready && this.#running === null;
  }

  /** Begins to fetch the engine, before there is anything to ask. */
  warm(): void {
    this.#start();
  }

  /** @throws EngineStopped where it was late or failed; null where a newer question of the type took its place. */
  ask<T extends Question['type']>(
    question: Extract<Question, { readonly type: T }>,
  ): Promise<Answers[T] | null> {
    for (const old of this.#queue.filter(({ question: { type } }) => type === question.type))
      old.resolve(null as never);
    this.#queue = this.#queue.filter((one) => one.question.type !== question.type);
    return new Promise((resolve, reject) => {
      const settle = resolve as (answer: Answers[keyof Answers]) => void;
      this.#queue.push({ id: this.#nextId++, retried: false, question, resolve: settle, reject });
      this.#start();
      this.#next();
    });
  }

  close(): void {
    this.#stop();
    for (const one of this.#queue) one.resolve(null as never);
    this.#queue = [];
  }

  #start(): void {
    if (this.#worker !== null) return;
    const worker = this.#parts.start();
    this.#worker = worker;
    worker.onmessage = ({ data }) => {
      if (this.#worker === worker) this.#hear(data);
    };
    worker.onerror = (event) => {
      if (this.#worker === worker)
        this.#fail(`the engine failed: ${event.message || 'its code did not load'}`);
    };
    this.#arm(startMs, 'the engine did not start: is the gateway there?');
  }

  #hear(message: FromEngine): void {
    switch (message.type) {
      case 'ready':
        this.#ready = true;
        this.#disarm();
        return this.#next();
      case 'beat':
        return this.#watch();
      case 'failed':
        return this.#fail(`the engine failed: ${message.message.split('\n')[0]}`);
      case 'answer': {
        const running = this.#running;
        if (running === null || running.id !== message.id) return;
        this.#disarm();
        this.#disarmMost();
        this.#running = null;
        running.resolve(message.answer);
        return this.#next();
      }
    }
  }

  #next(): void {
    if (!this.#ready || this.#running !== null) return;
    const next = this.#queue.shift();
    if (next === undefined) return;
    this.#running = next;
    this.#watch();
    this.#disarmMost = this.#parts.after(mostMs, () => {
      this.#fail(`it took more than ${mostMs / 1000} s in all, and its engine was ended.`);
    });
    this.#worker?.postMessage({ id: next.id, question: next.question });
  }

  #watch(): void {
    if (this.#running === null) return;
    this.#arm(
      deadlineMs,
      `a policy did not come to an end within ${deadlineMs} ms, and its engine was ended. Look for a loop without an end.`,
    );
  }

  #arm(delayMs: number, why: string): void {
    this.#disarm();
    const slice = Math.min(sliceMs, delayMs);
    this.#disarm = this.#parts.after(slice, () => {
      if (delayMs > slice) this.#arm(delayMs - slice, why);
      else this.#late(why);
    });
  }

  #late(why: string): void {
    const running = this.#running;
    if (running === null || running.retried) return this.#fail(why);
    running.retried = true;
    this.#stop();
    if (this.#queue.some(({ question }) => question.type === running.question.type))
      running.resolve(null as never);
    else this.#queue.unshift(running);
    this.#start();
  }

  #fail(why: string): void {
    const running = this.#running;
    this.#stop();
    if (running !== null) running.reject(new EngineStopped(why));
    else this.#queue.shift()?.reject(new EngineStopped(why));
    if (this.#queue.length > 0) this.#start();
  }

  #stop(): void {
    this.#disarm();
    this.#disarmMost();
    this.#worker?.terminate();
    this.#worker = null;
    this.#ready = false;
    this.#running = null;
  }
}

/** The engine of this page. */
export function pageClient(): EngineClient {
  return new EngineClient({
    start: () =>
      new Worker(new URL('./engine-worker.ts', import.meta.url), {
        type: 'module',
        name: 'engine',
      }) as EngineWorker,
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  });
}
