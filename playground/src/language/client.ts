import type { FromLanguage, LanguageAnswers, LanguageQuestion, ToLanguage } from './messages.ts';

/** Asks the language worker, which starts with the first question. Answers never fail: without types one can write too. */
export class LanguageClient {
  #worker: Worker | null = null;
  #nextId = 1;
  readonly #waiting = new Map<number, (answer: LanguageAnswers[keyof LanguageAnswers] | null) => void>();

  /** True once it was asked for. */
  get started(): boolean {
    return this.#worker !== null;
  }

  ask<T extends LanguageQuestion['type']>(
    question: Extract<LanguageQuestion, { readonly type: T }>,
  ): Promise<LanguageAnswers[T] | null> {
    const worker = this.#start();
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve as (answer: LanguageAnswers[keyof LanguageAnswers] | null) => void);
      const message: ToLanguage = { id, question };
      worker.postMessage(message);
    });
  }

  close(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#giveUp();
  }

  #start(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(new URL('./language-worker.ts', import.meta.url), {
      type: 'module',
      name: 'language',
    });
    worker.onmessage = ({ data }: MessageEvent<FromLanguage>) => {
      this.#waiting.get(data.id)?.(data.answer);
      this.#waiting.delete(data.id);
    };
    worker.onerror = () => this.#giveUp();
    this.#worker = worker;
    return worker;
  }

  #giveUp(): void {
    for (const resolve of this.#waiting.values()) resolve(null);
    this.#waiting.clear();
  }
}

export const language = new LanguageClient();
