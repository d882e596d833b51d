import type { Answer, Chunk } from '../../sdk/chunk.ts';
import type { FailureKind, Target } from '../../sdk/target.ts';
import type { TraceAttempt } from '../../sdk/trace.ts';
import { totalTokens, type Usage } from '../../sdk/usage.ts';
import { AnswerBuilder } from '../response/answer.ts';
import { estimatedUsage } from './answer.ts';
import type { AttemptHealth } from './attempt-health.ts';
import { attemptCost } from './cost.ts';
import type { Exchange } from './exchange.ts';

/** Which attempt it is. */
export interface AttemptPlace {
  readonly number: number;
  /** As the provider was told in `traceparent`. */
  readonly spanId: string;
  readonly target: Target;
  /** Index of the provider's key; null where it has one or none. */
  readonly key: number | null;
  /** Output limit that it was given, for each choice; null for none. */
  readonly outputLimit: number | null;
  /** It runs beside another one. */
  readonly hedge: boolean;
  readonly health: AttemptHealth;
}

/** Keeps the record of one attempt: its times, its end, what it used, and what its health hears of it. */
export class AttemptRecord {
  readonly #x: Exchange;
  readonly #place: AttemptPlace;
  readonly #record: TraceAttempt;
  readonly #startedMs: number;
  #seen: Usage | null = null;
  /** All that the provider said, where that is captured. */
  readonly #given: AnswerBuilder | null;

  constructor(x: Exchange, place: AttemptPlace) {
    this.#x = x;
    this.#place = place;
    this.#startedMs = x.services.clock.monotonic();
    const { captureChars = 0 } = x.options;
    this.#given = captureChars === 0 ? null : new AnswerBuilder({ maxChars: captureChars });
    this.#record = {
      number: place.number,
      target: place.target.id,
      provider: place.target.provider,
      startedMs: rounded(x.elapsedMs()),
      spanId: place.spanId,
      status: null,
      failure: null,
      upstreamRequestId: null,
      firstByteMs: null,
      durationMs: null,
      providerKey: place.key === null ? null : place.key + 1,
      usage: null,
      serviceTier: null,
      costNanoUsd: 0,
      hedge: place.hedge,
    };
    x.recorder.attempts.push(this.#record);
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#record.status = status;
    this.#record.upstreamRequestId =
      headers['x-request-id'] ??
      headers['request-id'] ??
      headers['x-amzn-requestid'] ??
      headers['apim-request-id'] ??
      null;
  }

  /** Looks for what the provider counted. The last count holds. */
  saw(chunks: readonly Chunk[]): void {
    this.#given?.add(chunks);
    for (const chunk of chunks) {
      if (chunk.type !== 'usage') continue;
      this.#seen = chunk.usage;
      if (chunk.serviceTier !== undefined) this.#record.serviceTier = chunk.serviceTier;
    }
  }

  /** The first real piece of the answer is here: the answer is this target's. */
  answering(): void {
    const waitedMs = this.#elapsedMs();
    this.#record.firstByteMs = rounded(waitedMs);
    this.#x.waitedMs += waitedMs;
    this.#x.target = this.#place.target;
    this.#x.given = this.#given;
    this.#x.outputLimit = this.#place.outputLimit;
    this.#place.health.answered(waitedMs);
  }

  /**
   * The attempt is over. Only the first call counts. The exchange is settled with it, so this comes before its end.
   *
   * @param restMs how long the provider asked to be left alone after a failure.
   * @param mayHaveCost the provider has worked on it although it was not heard out.
   * @param answer what came of it where nobody was shown it.
   */
  close(
    failure: FailureKind | null,
    restMs: number | null = null,
    mayHaveCost = false,
    answer: Answer | null = null,
  ): void {
    if (this.#record.durationMs !== null) return;
    const usage = this.#end(mayHaveCost, answer);
    this.#record.failure = failure;
    const { health } = this.#place;
    if (failure === null) health.succeeded(usage === null ? 0 : totalTokens(usage));
    else health.failed(failure, restMs);
  }

  /** The attempt was broken off from our side: that says nothing about the target. */
  stop(): void {
    if (this.#record.durationMs !== null) return;
    this.#end(this.#record.status === null || this.#record.status < 300, null);
    this.#place.health.left();
  }

  #end(mayHaveCost: boolean, answer: Answer | null): Usage | null {
    const durationMs = this.#elapsedMs();
    this.#record.durationMs = rounded(durationMs);
    const answering = this.#record.firstByteMs !== null;
    if (!answering && !this.#place.hedge) this.#x.waitedMs += durationMs;
    let usage = this.#seen;
    if (usage === null && answering && answer === null) usage = this.#x.usage;
    if (usage === null && (answering || mayHaveCost))
      usage = estimatedUsage(this.#x, answer, this.#place.outputLimit);
    if (answering) this.#x.usage = usage;
    this.#record.usage = usage;
    this.#record.costNanoUsd = attemptCost(
      this.#x,
      this.#place.target,
      usage,
      this.#record.serviceTier,
      durationMs,
    );
    return usage;
  }

  #elapsedMs(): number {
    return this.#x.services.clock.monotonic() - this.#startedMs;
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
