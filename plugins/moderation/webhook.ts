import { type JsonObject, Secret, type Services } from '../../sdk/index.ts';

/** What an answer may have; a judgement is short. */
const maxAnswerBytes = 65_536;

/** One URL that is asked, without another try. Neither it nor what is said appears in errors: who knows it can write there. */
export class Webhook {
  readonly #http: Services['http'];
  readonly #timeoutMs: number;
  readonly #origin: string;
  readonly #path: Secret;
  readonly #token: Secret | undefined;

  /** @throws Error where it is no URL of http or https; the message does not hold it. */
  constructor(url: Secret, token: Secret | undefined, http: Services['http'], timeoutMs: number) {
    const parsed = URL.parse(url.reveal());
    if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
      throw new Error(
        'webhook: expected a URL such as https://moderation.example.com/check, came something else',
      );
    }
    this.#http = http;
    this.#timeoutMs = timeoutMs;
    this.#origin = parsed.origin;
    this.#path = new Secret(`${parsed.pathname}${parsed.search}`);
    this.#token = token;
  }

  /** The text of its answer. @throws Error where it gave none, or the signal's reason. */
  ask(message: JsonObject, signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      let status = 0;
      let bytes = 0;
      const pieces: Buffer[] = [];
      const fail = (why: string) => end(() => reject(new Error(`the webhook ${why}`)));
      const end = (settle: () => void) => {
        signal.removeEventListener('abort', stop);
        settle();
      };
      const stop = () => {
        call.abort();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', stop, { once: true });
      const limits = { headMs: this.#timeoutMs, stallMs: this.#timeoutMs };
      const call = this.#http.send(this.#request(message), limits, {
        onHead(code) {
          status = code;
        },
        onData(piece) {
          bytes += piece.length;
          if (bytes <= maxAnswerBytes) return void pieces.push(piece);
          call.abort();
          fail(`answered more than ${maxAnswerBytes} bytes`);
        },
        onEnd() {
          if (status >= 200 && status < 300) end(() => resolve(Buffer.concat(pieces).toString('utf8')));
          else fail(`answered with status ${status}`);
        },
        // Its message may name the address.
        onFailure: ({ kind }) => fail(failures[kind]),
      });
    });
  }

  #request(message: JsonObject) {
    return {
      method: 'POST' as const,
      origin: this.#origin,
      path: this.#path.reveal(),
      headers: {
        'content-type': 'application/json',
        'user-agent': 'sluice',
        ...(this.#token === undefined ? undefined : { authorization: `Bearer ${this.#token.reveal()}` }),
      },
      body: JSON.stringify(message),
    };
  }
}

const failures = {
  connect: 'could not be reached',
  timeout: 'did not answer in time',
  cut: 'broke off',
} as const;
