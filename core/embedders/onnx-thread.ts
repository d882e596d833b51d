import { Worker } from 'node:worker_threads';
import type { OnnxAnswer, OnnxRequest, OnnxSetup } from './onnx-message.ts';

const entry = new URL(`./onnx-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
/** Requests that wait for the thread. Behind that many a cache is no gain: the next one is refused at once. */
const mostWaiting = 64;

interface Waiting {
  resolve(vectors: readonly Float32Array[]): void;
  reject(error: Error): void;
}

/** The main thread's end of the model's thread. A thread that died is started again by the next request. */
export class OnnxThread {
  readonly #setup: OnnxSetup;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #next = 1;
  #closed = false;

  constructor(setup: OnnxSetup) {
    this.#setup = setup;
  }

  /** @throws Error when the model fails, the thread dies, too many wait, or `signal` aborts */
  embed(texts: readonly string[], signal: AbortSignal | undefined): Promise<readonly Float32Array[]> {
    if (this.#closed) return Promise.reject(new Error('onnx embedder: it is closed'));
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.#waiting.size >= mostWaiting) {
      return Promise.reject(new Error(`onnx embedder: ${mostWaiting} requests are waiting for the model`));
    }
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const abort = () => this.#settle(id)?.reject(signal?.reason as Error);
      signal?.addEventListener('abort', abort, { once: true });
      const done = () => signal?.removeEventListener('abort', abort);
      this.#waiting.set(id, {
        resolve: (vectors) => {
          done();
          resolve(vectors);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      });
      const worker = this.#running();
      // The process stays while somebody waits.
      worker.ref();
      worker.postMessage({ id, texts } satisfies OnnxRequest);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#failAll('it was closed');
    await this.#worker?.terminate();
  }

  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(entry, {
      workerData: this.#setup,
      // Keys of the gateway are none of a model's business.
      env: {},
      execArgv: [],
      name: 'sluice-embedder',
    });
    worker.on('message', (answer: OnnxAnswer) => {
      const waiting = this.#settle(answer.id);
      if ('error' in answer) waiting?.reject(new Error(`onnx embedder: ${answer.error}`));
      else waiting?.resolve(answer.vectors);
    });
    let reason = '';
    worker.on('error', (error: Error) => {
      reason = error.message;
    });
    worker.on('exit', (code) => {
      if (this.#worker === worker) this.#worker = undefined;
      this.#failAll(`its thread ended (${reason || `exit code ${code}`})`);
    });
    this.#worker = worker;
    return worker;
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker?.unref();
    return waiting;
  }

  #failAll(why: string): void {
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(new Error(`onnx embedder: ${why}`));
  }
}
