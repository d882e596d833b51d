import type { Answer } from '../../sdk/chunk.ts';
import { GatewayError } from '../../sdk/errors.ts';
import type { Cancel } from '../../sdk/services.ts';
import type { FailureKind } from '../../sdk/target.ts';
import type { TransportFailure, UpstreamCall, UpstreamHandler } from '../../sdk/transport.ts';
import { type DecodedEvent, type Framer, type Framing, FramingError } from '../../sdk/wire.ts';
import { parseJsonText } from '../body/json-text.ts';
import { answerOf } from '../response/answer.ts';
import type { Reply } from '../response/reply.ts';
import { sseFraming } from '../response/sse-decoder.ts';
import { StreamRelay } from '../response/stream-relay.ts';
import { type RelayOptions, relayWhole } from '../response/whole-relay.ts';
import { CollectedBody, maxAnswerBytes } from '../upstream/collected-body.ts';
import { forwardedHeaders } from '../upstream/headers.ts';
import { beginsAsJson, isVague, mediaTypeOf } from '../upstream/media-type.ts';
import { noteAnswer } from './answer.ts';
import type { AttemptOptions, AttemptResult } from './attempt-options.ts';
import { AttemptRecord } from './attempt-record.ts';
import type { Exchange } from './exchange.ts';
import { brokenOff, interrupted, malformed, transportFailure } from './failure.ts';
import { startLimits } from './limits.ts';

/** The framer's part of an event, put to what the decoder made of it. */
type WithRaw = { -readonly [Key in keyof DecodedEvent]: DecodedEvent[Key] };

/**
 * One call of one provider, from the request sent to the answer relayed. Until the first real event of the answer
 * nothing reaches the client, so everything that goes wrong before it is a `Failure` that the caller may answer
 * with another try; what goes wrong later ends the client's stream with an error event.
 */
export class Attempt implements UpstreamHandler {
  readonly #x: Exchange;
  readonly #reply: Reply;
  readonly #options: AttemptOptions;
  readonly #record: AttemptRecord;
  readonly #framing: Framing;
  #resolve!: (result: AttemptResult) => void;
  #call: UpstreamCall | null = null;
  #over = false;
  /** All of the answer is here: its limits are kept, however long its client and its books take. */
  #complete = false;
  #breaking = false;
  #answering = false;
  #status = 0;
  #headers: Readonly<Record<string, string>> = {};
  #framer: Framer | null = null;
  #relay: StreamRelay | null = null;
  #collected: CollectedBody | null = null;
  /** A whole answer that the client does not get to see where a step denies it: it was made, and is paid for. */
  #withheld: Answer | null = null;
  readonly #timers: Cancel[] = [];
  /** The head does not say whether this is a stream; its first bytes will. */
  #undecided = false;

  constructor(x: Exchange, reply: Reply, options: AttemptOptions) {
    this.#x = x;
    this.#reply = reply;
    this.#options = options;
    this.#framing = options.framing ?? sseFraming;
    this.#record = new AttemptRecord(x, options.place);
  }

  run(): Promise<AttemptResult> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      const { transport, request, limits, lane } = this.#options;
      this.#call = transport.send(request, limits, this);
      // A transport may answer before `send` returns.
      if (this.#over) return;
      const stop = () => this.#stop();
      lane?.attach(stop);
      this.#timers.push(this.#x.whenAborted(stop));
      this.#timers.push(
        ...startLimits(this.#x.services.clock, limits, this.#x.options.body.view.stream, (failure) => {
          const answers = failure.limit.name === 'first_token' && this.#answering;
          if (!this.#over && !this.#complete && !answers) this.#cut(failure);
        }),
      );
    });
  }

  onHead(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.#over) return;
    this.#status = status;
    this.#headers = headers;
    this.#record.head(status, headers);
    const ok = status >= 200 && status < 300;
    const mediaType = mediaTypeOf(headers['content-type']);
    // A stream that nobody asked for is no answer: it is collected and found to be no JSON.
    const mayStream = ok && this.#x.options.body.view.stream;
    if (mayStream && this.#framing.mediaTypes.includes(mediaType)) return this.#beginStream();
    this.#undecided = mayStream && isVague(mediaType);
    this.#collected = new CollectedBody(ok);
  }

  onData(bytes: Buffer): void {
    if (this.#over) return;
    if (this.#undecided) {
      this.#undecided = false;
      if (this.#framing !== sseFraming || !beginsAsJson(bytes)) this.#beginStream();
    }
    if (this.#framer === null) return this.#collect(bytes);
    try {
      this.#framer.push(bytes);
    } catch (error) {
      if (error instanceof FramingError) return this.#cut({ kind: 'cut', message: error.message });
      return this.#broken(error);
    }
    if (!this.#over) this.#relay!.flow();
  }

  #beginStream(): void {
    this.#framer = this.#framing.framer(
      (data, event, raw) => this.#onEvent(data, event, raw),
      (raw) => this.#relay!.idle(raw),
    );
    this.#relay = new StreamRelay(this.#x, this.#reply, {
      ...this.#relayOptions(),
      onAnswer: () => this.#answers(),
      call: () => this.#call,
      onBroken: (error) => this.#broken(error),
    });
  }

  /** The answer is this attempt's from here on. */
  #answers(): void {
    this.#answering = true;
    this.#record.answering();
    this.#options.onAnswering?.();
  }

  onEnd(): void {
    if (this.#over) return;
    this.#complete = true;
    if (this.#framer === null) return void this.#answerWhole().catch((error: unknown) => this.#broken(error));
    let clean = false;
    try {
      clean = this.#framer.end();
    } catch (error) {
      if (!(error instanceof FramingError)) return this.#broken(error);
    }
    if (this.#over) return;
    if (!clean || !this.#options.codec.complete) {
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

  /** Ends the attempt: nothing of it may act afterwards. */
  #finish(failure: FailureKind | null, result: AttemptResult, mayHaveCost = false): void {
    if (this.#over) return;
    this.#end();
    this.#record.close(failure, result?.retryAfterMs ?? null, mayHaveCost);
    this.#resolve(result);
  }

  #end(): void {
    this.#over = true;
    for (const cancel of this.#timers) cancel();
    // What a provider counts at the start of a stream is due also where nothing follows.
    if (!this.#answering && this.#options.codec.early != null) this.#record.saw([this.#options.codec.early]);
  }

  /** The exchange was broken off from outside: end the call, keep what was relayed for the books. */
  #stop(): void {
    if (this.#over) return;
    this.#end();
    this.#call?.abort();
    this.#noteAnswer();
    this.#record.stop();
    this.#resolve(null);
  }

  #onEvent(data: string, event: string, raw: string | undefined): void {
    if (this.#over) return;
    const decoded: WithRaw = this.#options.codec.decodeEvent(data, event);
    if (raw !== undefined && this.#options.native) decoded.raw = raw;
    this.#record.saw(decoded.chunks);
    if (decoded.kind === 'error') return this.#errorEvent(decoded.data);
    if (decoded.kind === 'chunks' || decoded.kind === 'ping') this.#relay!.event(decoded);
  }

  /** Keeps what was seen of a stream for the books. */
  #noteAnswer(): void {
    const answer = this.#relay?.answer ?? null;
    if (answer !== null) noteAnswer(this.#x, answer);
  }

  #collect(bytes: Buffer): void {
    if (!this.#collected!.push(bytes) && this.#status < 300) {
      this.#cut({ kind: 'cut', message: `the answer is larger than ${maxAnswerBytes} bytes` });
    }
  }

  /** A whole answer has come: an error, or JSON to relay. */
  async #answerWhole(): Promise<void> {
    const { codec } = this.#options;
    const bytes = this.#collected!.take();
    if (this.#status < 200 || this.#status >= 300) return this.#refused(bytes.toString('utf8'));
    let body: ReturnType<typeof parseJsonText>;
    try {
      body = parseJsonText(bytes);
    } catch {
      return this.#finish('malformed', malformed(this.#options.place.target), true);
    }
    const decoded = codec.decodeWhole(body);
    this.#record.saw(decoded.chunks);
    if (decoded.kind !== 'chunks') return this.#refused(decoded.data);
    this.#withheld = answerOf(decoded.chunks, this.#status, codec.model);
    this.#answers();
    await relayWhole(this.#x, this.#reply, { bytes, body, decoded }, this.#relayOptions());
    this.#finish(null, null);
  }

  #relayOptions(): RelayOptions {
    const { codec, place, hideUsage, native } = this.#options;
    return {
      codec,
      native,
      attempt: place.number,
      status: this.#status,
      headers: forwardedHeaders(this.#headers),
      hideUsage,
      onDone: () => this.#record.close(null),
    };
  }

  #refused(body: string): void {
    const failure = this.#options.provider.failure(
      { status: this.#status, headers: this.#headers, body },
      this.#options.wire,
    );
    this.#finish(failure.kind, { ...failure, headers: forwardedHeaders(this.#headers) });
  }

  /** An error came inside a stream: before the first real event it is a failure like any other. */
  #errorEvent(data: string): void {
    const { provider, wire } = this.#options;
    const failure = provider.failure({ status: this.#status, headers: this.#headers, body: data }, wire);
    this.#call?.abort();
    if (this.#reply.begun) this.#interrupt(failure.kind, interrupted(failure.message));
    else this.#finish(failure.kind, failure);
  }

  #cut(failure: TransportFailure): void {
    this.#call?.abort();
    this.#x.services.log.debug(
      {
        request_id: this.#x.options.requestId,
        target: this.#options.place.target.id,
        error: failure.message,
      },
      'an attempt broke off',
    );
    if (this.#reply.begun) return this.#interrupt(failure.kind, interrupted(brokenOff(failure)));
    this.#finish(
      failure.kind,
      transportFailure(failure, this.#options.place.target),
      failure.kind !== 'connect' && this.#status < 300,
    );
  }

  /** Our own side could not carry the answer: a step that fails closed or denies, an event that is too large. */
  #broken(error: unknown): void {
    if (this.#over || this.#breaking) return;
    this.#breaking = true;
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
    this.#record.close(null, null, true, this.#withheld);
    void this.#reply.fail(shown, denied ? 'denied' : 'failed').then(() => this.#finish(null, null));
  }

  /** The client has seen a part: end its stream with an error event, never with a clean end. */
  #interrupt(kind: FailureKind | null, error: GatewayError): void {
    this.#relay?.flush();
    this.#noteAnswer();
    this.#record.close(kind);
    void this.#reply.breakStream(error).then(() => this.#finish(kind, null));
  }
}
