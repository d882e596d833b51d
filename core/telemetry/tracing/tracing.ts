import type { Clock, Ids, Log, Models } from '../../../sdk/services.ts';
import type { Trace } from '../../../sdk/trace.ts';
import type { TelemetryConfig } from '../../config/config.ts';
import type { SpanContent } from '../capture/captured.ts';
import type { OtlpSender } from './otlp-sender.ts';
import { TraceQueue } from './trace-queue.ts';

export interface TracingOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly ids: Ids;
  /** The configuration in use; it is asked for each request, so that a reload counts at once. */
  config(): TelemetryConfig;
  models(): Models;
}

/** While more wait for the collector, spans go without content: prompts are large. */
const maxWithContent = 256;
/** How long the end of the process waits for what was not sent yet. */
const closeLimitMs = 5000;

/** Spans for an OpenTelemetry collector, made of decision records after their requests. Its packages are loaded with the first. */
export class Tracing {
  readonly #options: TracingOptions;
  readonly #queue: TraceQueue;
  readonly #contents = new WeakMap<Trace, SpanContent>();
  #made: { readonly config: TelemetryConfig; readonly sender: Promise<OtlpSender> } | null = null;

  constructor(options: TracingOptions) {
    this.#options = options;
    this.#queue = new TraceQueue({
      clock: options.clock,
      log: options.log,
      send: (traces) => this.#send(traces),
    });
  }

  get spansDropped(): number {
    return this.#queue.dropped;
  }

  /**
   * Takes a request that has ended. Costs it nothing: all work is done later.
   *
   * @param content what its spans may hold of prompt and answer.
   */
  record(trace: Trace, content: SpanContent | null = null): void {
    if (!trace.sampled || this.#options.config().otlp === null) return;
    if (content !== null && this.#queue.waiting < maxWithContent) this.#contents.set(trace, content);
    this.#queue.add(trace);
  }

  /** Sends what is left. */
  async close(): Promise<void> {
    await this.#queue.close(closeLimitMs);
    void this.#forget();
  }

  async #send(traces: readonly Trace[]): Promise<void> {
    const config = this.#options.config();
    if (this.#made === null || this.#made.config !== config) {
      void this.#forget();
      if (config.otlp === null) throw new Error('telemetry.otlp was taken away');
      this.#made = { config, sender: this.#load(config, config.otlp) };
    }
    await (await this.#made.sender).send(traces);
  }

  async #load({ otlpHeaders }: TelemetryConfig, otlp: string): Promise<OtlpSender> {
    const { OtlpSender } = await import('./otlp-sender.ts');
    const { ids, models } = this.#options;
    const contentOf = (trace: Trace) => this.#contents.get(trace);
    return new OtlpSender({ otlp, headers: otlpHeaders, ids, models, contentOf });
  }

  /** Lets the sender of an earlier configuration finish what it has begun. */
  async #forget(): Promise<void> {
    const made = this.#made;
    this.#made = null;
    try {
      await (await made?.sender)?.close();
    } catch {
      // What was lost with it has been counted.
    }
  }
}
