import type { ResponseSink } from '../server/incoming.ts';

/** Takes an answer that no client waits for. What it says is read from the exchange. */
export class BufferSink implements ResponseSink {
  #begun = false;
  #ended = false;
  #body: string | Buffer = '';

  /** The whole answer; '' where there is none. */
  get body(): string {
    return this.#body.toString();
  }

  get open(): boolean {
    return !this.#ended;
  }

  get begun(): boolean {
    return this.#begun;
  }

  head(): void {
    this.#begun = true;
  }

  write(): boolean {
    return true;
  }

  end(): void {
    this.#ended = true;
  }

  send(_status: number, _headers: Readonly<Record<string, string>>, body: string | Buffer): void {
    this.#body = body;
    this.#begun = true;
    this.#ended = true;
  }

  onDrain(): void {}

  onGone(): void {}
}
