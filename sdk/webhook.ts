import type { JsonObject } from './json.ts';
import { Secret } from './secret.ts';
import type { Services } from './services.ts';
import type { UpstreamRequest } from './transport.ts';

const callLimits = { headMs: 5_000, stallMs: 5_000 };
/** From the beginning of a try to the end of its answer. */
const tryMs = 5_000;
/** Before the second try and the third. */
const waitsMs: readonly number[] = [1_000, 5_000];
const maxWaiting = 100;
const maxUnderWay = 4;
/** What an answer may say before it is cut off: nobody reads it. */
const maxAnswerBytes = 65_536;
const closeMs = 5_000;

interface Message {
  readonly body: string;
  readonly done: (told: boolean) => void;
}

type WebhookServices = Pick<Services, 'clock' | 'http' | 'log'>;

/** How the log and a wrong URL name it. */
export interface WebhookWords {
  /** The option that holds the URL, such as `warn_webhook`. */
  readonly option: string;
  /** What it tells, such as `a warning`. */
  readonly what: string;
}

/**
 * Sends messages to one URL, a few at a time, three tries each. What cannot be sent is logged and counted, never the URL: who
 * knows it can write there.
 */
export class Webhook {
  readonly #services: WebhookServices;
  readonly #words: WebhookWords;
  readonly #request: Secret;
  readonly #origin: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #waiting: Message[] = [];
  #underWay = 0;
  #failed = 0;
  #closed = false;
  #closeWhenIdle: (() => void) | null = null;
  readonly #stops = new Set<() => void>();

  /** @throws Error where it is no URL of http or https; the message does not hold it. */
  constructor(url: Secret, services: WebhookServices, words: WebhookWords) {
    const parsed = URL.parse(url.reveal());
    if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
      throw new Error(
        `${words.option}: expected a URL such as https://hooks.slack.com/services/…, came something else`,
      );
    }
    this.#services = services;
    this.#words = words;
    this.#origin = parsed.origin;
    this.#request = new Secret(`${parsed.pathname}${parsed.search}`);
    this.#headers = {
      'content-type': 'application/json',
      'user-agent': 'sluice',
      ...(parsed.username === '' && parsed.password === '' ? undefined : { authorization: basic(parsed) }),
    };
  }

  /** How many messages could not be sent since the start. */
  get failed(): number {
    return this.#failed;
  }

  /** @param done told whether it arrived, once. */
  send(message: JsonObject, done: (told: boolean) => void): void {
    const one = { body: JSON.stringify(message), done };
    if (this.#closed) return this.#lost(one, 'the gateway is closing');
    if (this.#waiting.length >= maxWaiting)
      return this.#lost(one, `${maxWaiting} messages are waiting already`);
    this.#waiting.push(one);
    this.#next();
  }

  /** Takes no more, and gives calls under way a little time. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const one of this.#waiting.splice(0)) this.#lost(one, 'the gateway is closing');
    if (this.#underWay === 0) return;
    const idle = Promise.withResolvers<void>();
    this.#closeWhenIdle = idle.resolve;
    const cancel = this.#services.clock.after(closeMs, () => {
      for (const stop of this.#stops) stop();
    });
    await idle.promise;
    cancel();
  }

  #next(): void {
    while (this.#underWay < maxUnderWay) {
      const one = this.#waiting.shift();
      if (one === undefined) return;
      this.#underWay += 1;
      void this.#deliver(one).then(() => {
        this.#underWay -= 1;
        if (this.#underWay === 0) this.#closeWhenIdle?.();
        this.#next();
      });
    }
  }

  async #deliver(one: Message): Promise<void> {
    let problem = '';
    for (let tried = 0; tried <= waitsMs.length; tried += 1) {
      if (tried > 0 && !(await this.#pause(waitsMs[tried - 1]!))) break;
      const outcome = await this.#try(one.body);
      if (outcome === null) return one.done(true);
      problem = outcome.problem;
      if (!outcome.passes || this.#closed) break;
    }
    this.#lost(one, problem);
  }

  /** False where the gateway closed meanwhile. */
  #pause(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (goOn: boolean) => {
        cancel();
        this.#stops.delete(stop);
        resolve(goOn);
      };
      const stop = () => end(false);
      const cancel = this.#services.clock.after(ms, () => end(!this.#closed));
      this.#stops.add(stop);
    });
  }

  /** Null where it arrived. `passes`: another try makes sense. */
  #try(body: string): Promise<{ readonly problem: string; readonly passes: boolean } | null> {
    const { clock, http } = this.#services;
    return new Promise((resolve) => {
      let status = 0;
      let bytes = 0;
      const end = (problem: string | null, passes = true) => {
        cancel();
        this.#stops.delete(stop);
        resolve(problem === null ? null : { problem, passes });
      };
      const conclude = () => {
        if (status >= 200 && status < 300) end(null);
        else end(`it answered with status ${status}`, status >= 500 || status === 429 || status === 408);
      };
      const giveUp = (problem: string) => {
        call.abort();
        end(problem);
      };
      const stop = () => giveUp('the gateway is closing');
      this.#stops.add(stop);
      const cancel = clock.after(tryMs, () => giveUp(`no answer within ${tryMs / 1000} seconds`));
      const call = http.send(this.#call(body), callLimits, {
        onHead(code) {
          status = code;
        },
        onData(piece) {
          bytes += piece.length;
          if (bytes <= maxAnswerBytes) return;
          call.abort();
          conclude();
        },
        onEnd: conclude,
        // Its message may name the address.
        onFailure: ({ kind }) => end(failures[kind]),
      });
    });
  }

  #call(body: string): UpstreamRequest {
    return {
      method: 'POST',
      origin: this.#origin,
      path: this.#request.reveal(),
      headers: this.#headers,
      body,
    };
  }

  #lost({ done }: Message, reason: string): void {
    this.#failed += 1;
    this.#services.log.error(
      { reason, failed: this.#failed },
      `${this.#words.what} did not reach its webhook`,
    );
    done(false);
  }
}

const failures = {
  connect: 'no connection',
  timeout: 'no answer in time',
  cut: 'the connection broke',
} as const;

function basic({ username, password }: URL): string {
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}
