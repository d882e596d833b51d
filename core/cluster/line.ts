import type { MaybePromise } from '../../sdk/plugin.ts';
import type { Cancel, Clock } from '../../sdk/services.ts';

/** A channel to another process; what is sent arrives in order, or not at all once the process is gone. */
export interface Port {
  send(message: object): void;
  onMessage(run: (message: unknown) => void): void;
}

interface Ends<Question, News> {
  heard(news: News): void;
  answer(question: Question): MaybePromise<unknown>;
}

/** A message of ours. Others, such as those of libraries, are not listened to. */
interface Message {
  readonly sluice: 'tell' | 'ask' | 'answer';
  readonly id: number;
  readonly value: unknown;
}

const answerMs = 2000;

/** News and questions between two processes. */
export class Line<Asked, Question, Heard, News> {
  readonly #port: Port;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, { readonly done: (value: unknown) => void; readonly cancel: Cancel }>();
  #next = 0;

  constructor(port: Port, clock: Clock, { heard, answer }: Ends<Asked, Heard>) {
    this.#port = port;
    this.#clock = clock;
    port.onMessage((message) => {
      if (!isOurs(message)) return;
      const { sluice, id, value } = message;
      if (sluice === 'tell') heard(value as Heard);
      else if (sluice === 'answer') this.#answered(id, value);
      else void this.#answer(id, () => answer(value as Asked));
    });
  }

  tell(news: News): void {
    this.#send('tell', 0, news);
  }

  /** Undefined where no answer came in time, by default in two seconds. */
  ask(question: Question, limitMs = answerMs): Promise<unknown> {
    this.#next += 1;
    const id = this.#next;
    return new Promise((resolve) => {
      const cancel = this.#clock.after(limitMs, () => this.#answered(id, undefined));
      this.#waiting.set(id, { done: resolve, cancel });
      this.#send('ask', id, question);
    });
  }

  /** The other side is gone: nobody will answer any more. */
  close(): void {
    for (const id of [...this.#waiting.keys()]) this.#answered(id, undefined);
  }

  async #answer(id: number, answer: () => unknown): Promise<void> {
    let value: unknown = null;
    try {
      value = await answer();
    } catch {
      // Whoever asked can do without it.
    }
    this.#send('answer', id, value ?? null);
  }

  #answered(id: number, value: unknown): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.cancel();
    waiting?.done(value ?? undefined);
  }

  #send(sluice: Message['sluice'], id: number, value: unknown): void {
    this.#port.send({ sluice, id, value } satisfies Message);
  }
}

function isOurs(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'sluice' in message;
}
