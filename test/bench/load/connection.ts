import { connect, type Socket } from 'node:net';
import { type RequestBody, writeCounter } from '../bodies.ts';
import { ResponseReader } from './response-reader.ts';

/** One answer as far as a measurement looks at it. */
export interface Answered {
  /** 0 when the connection broke. */
  readonly status: number;
  readonly bodyBytes: number;
  /** How the body began; '' for streams. */
  readonly bodyStart: string;
}

/** Called when the answer is complete. */
export type OnAnswer = (answer: Answered) => void;

const keptBodyBytes = 300;

/**
 * One keep-alive connection that sends the same request again and again, serialised once; only the counter in
 * the body changes. One request at a time.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #request: Buffer;
  readonly #counterAt: number;
  readonly #onBody: ((bytes: Buffer) => void) | null;
  #onAnswer: OnAnswer | null = null;
  #bodyStart = '';
  #broken = false;

  /** Opens a connection; resolves when it is established. */
  static open(
    port: number,
    body: RequestBody,
    onBody: ((bytes: Buffer) => void) | null,
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Connection(socket, port, body, onBody));
      });
    });
  }

  private constructor(
    socket: Socket,
    port: number,
    body: RequestBody,
    onBody: ((bytes: Buffer) => void) | null,
  ) {
    const head = Buffer.from(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n` +
        `accept: */*\r\nuser-agent: bench\r\ncontent-length: ${body.bytes.length}\r\n\r\n`,
    );
    this.#socket = socket;
    this.#request = Buffer.concat([head, body.bytes]);
    this.#counterAt = head.length + body.counterAt;
    this.#onBody = onBody;
    const reader = new ResponseReader({
      body: (bytes) => this.#body(bytes),
      end: (status, bodyBytes) => this.#answered(status, bodyBytes),
    });
    socket.on('data', (bytes) => reader.push(bytes));
    socket.on('error', () => this.#fail());
    socket.on('close', () => this.#fail());
  }

  get broken(): boolean {
    return this.#broken;
  }

  /** Sends request number `count`. */
  send(count: number, onAnswer: OnAnswer): void {
    this.#onAnswer = onAnswer;
    this.#bodyStart = '';
    if (this.#broken) {
      queueMicrotask(() => this.#answered(0, 0));
      return;
    }
    writeCounter(this.#request, this.#counterAt, count);
    this.#socket.write(this.#request);
  }

  /** Closes the connection when nothing is under way any more. */
  close(): void {
    this.#onAnswer = null;
    this.#socket.destroy();
  }

  /** Breaks the connection; a request under way counts as failed. */
  abort(): void {
    this.#socket.destroy();
  }

  #body(bytes: Buffer): void {
    if (this.#onBody !== null) this.#onBody(bytes);
    else if (this.#bodyStart === '') this.#bodyStart = bytes.toString('latin1', 0, keptBodyBytes);
  }

  #fail(): void {
    this.#broken = true;
    this.#answered(0, 0);
  }

  #answered(status: number, bodyBytes: number): void {
    const onAnswer = this.#onAnswer;
    this.#onAnswer = null;
    onAnswer?.({ status, bodyBytes, bodyStart: this.#bodyStart });
  }
}

/** Seconds that answers may take after a job's own time is up. */
const graceSeconds = 10;

/** Breaks connections whose target has stopped answering, so that a job always ends. Returns what calls it off. */
export function giveUpAfter(seconds: number, connections: readonly Connection[]): () => void {
  const timer = setTimeout(
    () => {
      for (const connection of connections) connection.abort();
    },
    (seconds + graceSeconds) * 1000,
  );
  return () => clearTimeout(timer);
}
