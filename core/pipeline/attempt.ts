import { GatewayError } from '../../sdk/errors.ts';
import type { Failure, Provider } from '../../sdk/provider.ts';
import type { FailureKind, Target } from '../../sdk/target.ts';
import type { TraceAttempt } from '../../sdk/trace.ts';
import type {
  Transport,
  TransportFailure,
  UpstreamCall,
  UpstreamHandler,
  UpstreamLimits,
  UpstreamRequest,
} from '../../sdk/transport.ts';
import { parseJsonText } from '../body/json-text.ts';
import type { AnswerCodec } from '../dialects/dialect.ts';
import type { Reply } from '../response/reply.ts';
import { SseDecoder } from '../response/sse-decoder.ts';
import { StreamRelay } from '../response/stream-relay.ts';
import { type RelayOptions, relayWhole } from '../response/whole-relay.ts';
import { forwardedHeaders } from '../upstream/headers.ts';
import { noteAnswer } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { interrupted, malformed, transportFailure } from './failure.ts';

/** `null`: the exchange is over, whatever way. A failure: nothing reached the client, another try is possible. */
export type AttemptResult = Failure | null;

/** Bytes kept of an answer that is an error. */
const maxErrorBytes = 64 * 1024;
/** Bytes kept of a whole answer; embeddings of large batches are the largest in practice. */
const maxAnswerBytes = 64 * 1024 * 1024;

export interface AttemptOptions {
  readonly number: number;
  readonly target: Target;
  readonly provider: Provider;
  readonly transport: Transport;
  readonly request: UpstreamRequest;
  readonly limits: UpstreamLimits;
  readonly codec: AnswerCodec;
  /** Usage was asked for by the gateway, not by the client. */
  readonly hideUsage: boolean;
}

/**
 * One call of one provider, from the request sent to the answer relayed. Until the first real event of the answer
 * nothing reaches the client, so everything that goes wrong before it is a `Failure` that the caller may answer
 * with another try; what goes wrong later ends the client's stream with an error event.
 */
export class Attempt implements UpstreamHandler {
  readonly #x: Exchange;
  readonly #reply: Reply;
  readonly #options: AttemptOptions;
  readonly #record: TraceAttempt;
  readonly #startedMs: number;
  #resolve!: (result: AttemptResult) => void;
  #call: UpstreamCall | null = null;
  #over = false;
  #status = 0;
  #headers: Readonly<Record<string, string>> = {};
  #decoder: SseDecoder | null = null;
  #relay: StreamRelay | null = null;
  #collected: Buffer[] = [];
  #collectedBytes = 0;
  constructor(x: Exchange, reply: Reply, options: AttemptOptions) {
    this.#x = x;
    this.#reply = reply;
    this.#options = options;
    this.#startedMs = x.services.clock.monotonic();
    this.#record = {
      number: options.number,
      target: options.target.id,
      provider: options.target.provider,
      startedMs: Math.round(x.elapsedMs() * 1000) / 1000,
      status: null,
      failure: null,
      upstreamRequestId: null,
      firstByteMs: null,
      durationMs: null,
    };
    x.recorder.attempts.push(this.#record);
  }

  run(): Promise<AttemptResult> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      const { transport, request, limits } = this.#options;
      const call = transport.send(request, limits, this);
      this.#call = call;
      // A transport may answer before `send` returns.
      if (!this.#over) this.#x.whenAborted(() => this.#stop());
    });
  }

  onHead(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.#over) return;
    this.#status = status;
    this.#headers = headers;
    this.#record.status = status;
    this.#record.upstreamRequestId = headers['x-request-id'] ?? headers['request-id'] ?? null;
    const streams = headers['content-type']?.startsWith('text/event-stream') === true;
    // A stream that nobody asked for is no answer: it is collected and found to be no JSON.
    if (status >= 200 && status < 300 && streams && this.#x.options.body.view.stream) {
      this.#decoder = new SseDecoder((data, event) => this.#onEvent(data, event));
      this.#relay = new StreamRelay(this.#x, this.#reply, {
        ...this.#relayOptions(),
        onAnswer: () => this.#answering(),
      });
    }
  }

  onData(bytes: Buffer): void {
    if (this.#over) return;
    if (this.#decoder === null) return this.#collect(bytes);
    try {
      this.#decoder.push(bytes);
    } catch (error) {
      return this.#broken(error);
    }
    if (!this.#over && !this.#relay!.flush()) {
      this.#call?.pause();
      this.#x.options.sink.onDrain(() => this.#call?.resume());
    }
  }

  onEnd(): void {
    if (this.#over) return;
    if (this.#decoder === null)
      return void this.#answerWhole().catch((error: unknown) => this.#broken(error));
    const { codec } = this.#options;
    if (!this.#decoder.end() || !codec.complete) {
      return this.#cut({ kind: 'cut', message: 'the stream ended before the answer was complete' });
    }
    this.#relay!.end().then(
      () => this.#finish(null, null),
      (error: unknown) => this.#broken(error),
    );
  }

  onFailure(failure: TransportFailure): void {
    if (!this.#over) this.#cut(failure);
  }

  /** Completes the record of the attempt. The exchange is settled with it, so this comes before the answer's end. */
  #close(failure: FailureKind | null): void {
    if (this.#record.durationMs !== null) return;
    const { target } = this.#options;
    const durationMs = this.#x.services.clock.monotonic() - this.#startedMs;
    this.#record.durationMs = Math.round(durationMs * 1000) / 1000;
    this.#record.failure = failure;
    if (this.#record.firstByteMs === null) this.#x.waitedMs += durationMs;
    this.#x.whenAborted(null);
    if (failure === null) this.#x.services.health.succeeded(target.id, durationMs);
    else this.#x.services.health.failed(target.id, failure);
  }

  /** Ends the attempt: nothing of it may act afterwards. */
  #finish(failure: FailureKind | null, result: AttemptResult): void {
    if (this.#over) return;
    this.#over = true;
    this.#close(failure);
    this.#resolve(result);
  }

  /** The exchange was broken off from outside: end the call, keep what was relayed for the books. */
  #stop(): void {
    if (this.#over) return;
    this.#over = true;
    this.#call?.abort();
    this.#record.durationMs =
      Math.round((this.#x.services.clock.monotonic() - this.#startedMs) * 1000) / 1000;
    if (this.#record.firstByteMs === null) this.#x.waitedMs += this.#record.durationMs;
    this.#noteAnswer();
    this.#resolve(null);
  }

  #onEvent(data: string, event: string): void {
    if (this.#over) return;
    const { codec } = this.#options;
    const decoded = codec.decodeEvent(data, event);
    if (decoded.kind === 'error') return this.#errorEvent(data);
    if (decoded.kind === 'chunks') this.#relay!.event(decoded);
  }

  /** The first real piece of the answer is here: the answer is this target's. */
  #answering(): void {
    const waitedMs = this.#x.services.clock.monotonic() - this.#startedMs;
    this.#record.firstByteMs = Math.round(waitedMs * 1000) / 1000;
    this.#x.waitedMs += waitedMs;
    this.#x.target = this.#options.target;
  }

  /** Keeps what was seen of a stream for the books. */
  #noteAnswer(): void {
    const answer = this.#relay?.answer ?? null;
    if (answer !== null) noteAnswer(this.#x, answer);
  }

  #collect(bytes: Buffer): void {
    const ok = this.#status >= 200 && this.#status < 300;
    this.#collectedBytes += bytes.length;
    if (ok && this.#collectedBytes > maxAnswerBytes) {
      return this.#cut({ kind: 'cut', message: `the answer is larger than ${maxAnswerBytes} bytes` });
    }
    if (ok || this.#collectedBytes <= maxErrorBytes) this.#collected.push(bytes);
  }

  /** A whole answer has come: an error, or JSON to relay. */
  async #answerWhole(): Promise<void> {
    const { codec, target } = this.#options;
    const [first] = this.#collected;
    const bytes = this.#collected.length === 1 ? first! : Buffer.concat(this.#collected);
    if (this.#status < 200 || this.#status >= 300) return this.#refused(bytes.toString('utf8'));
    let body: ReturnType<typeof parseJsonText>;
    try {
      body = parseJsonText(bytes);
    } catch {
      return this.#finish('malformed', malformed(target));
    }
    const decoded = codec.decodeWhole(body);
    if (decoded.kind !== 'chunks') return this.#refused(body.text);
    this.#answering();
    await relayWhole(this.#x, this.#reply, { bytes, body, decoded }, this.#relayOptions());
    this.#finish(null, null);
  }

  #relayOptions(): RelayOptions {
    const { codec, number, hideUsage } = this.#options;
    return {
      codec,
      attempt: number,
      status: this.#status,
      headers: forwardedHeaders(this.#headers),
      hideUsage,
      onDone: () => this.#close(null),
    };
  }

  #refused(body: string): void {
    const failure = this.#options.provider.failure({ status: this.#status, headers: this.#headers, body });
    this.#finish(failure.kind, failure);
  }

  /** An error came inside a stream: before the first real event it is a failure like any other. */
  #errorEvent(data: string): void {
    const failure = this.#options.provider.failure({
      status: this.#status,
      headers: this.#headers,
      body: data,
    });
    this.#call?.abort();
    if (this.#reply.begun) this.#interrupt(failure.kind, interrupted(failure.message));
    else this.#finish(failure.kind, failure);
  }

  #cut(failure: TransportFailure): void {
    this.#call?.abort();
    this.#x.services.log.debug(
      { request_id: this.#x.options.requestId, target: this.#options.target.id, error: failure.message },
      'an attempt broke off',
    );
    if (this.#reply.begun) {
      return this.#interrupt(failure.kind, interrupted(`The provider's stream broke off (${failure.kind}).`));
    }
    this.#finish(failure.kind, transportFailure(failure, this.#options.target));
  }

  /** Our own side could not carry the answer: a step that fails closed or denies, an event that is too large. */
  #broken(error: unknown): void {
    if (this.#over) return;
    this.#call?.abort();
    const known = error instanceof GatewayError ? error : null;
    if (known === null) {
      this.#x.services.log.error(
        {
          request_id: this.#x.options.requestId,
          error: error instanceof Error ? error.stack : String(error),
        },
        'an answer could not be relayed',
      );
    }
    const shown = known ?? new GatewayError('upstream_error', 'The answer could not be relayed.');
    const denied = this.#x.recorder.deniedBy !== null && known?.code !== 'policy_error';
    if (this.#reply.begun) return this.#interrupt(denied ? null : 'malformed', shown);
    this.#noteAnswer();
    this.#close(null);
    void this.#reply.fail(shown, denied ? 'denied' : 'failed').then(() => this.#finish(null, null));
  }

  /** The client has seen a part: end its stream with an error event, never with a clean end. */
  #interrupt(kind: FailureKind | null, error: GatewayError): void {
    this.#relay?.flush();
    this.#noteAnswer();
    this.#close(kind);
    void this.#reply.breakStream(error).then(() => this.#finish(kind, null));
  }
}
