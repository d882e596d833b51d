import type { Embedder, EmbedderSource, EmbedOptions } from '../../sdk/embedder.ts';
import { GatewayError } from '../../sdk/errors.ts';
import type { JsonObject } from '../../sdk/json.ts';
import type { Clock, Log } from '../../sdk/services.ts';
import { createEmbedder, type EmbedderOptions } from './embedder.ts';
import type { EmbeddingsCall } from './provider.ts';

/** A folder is read and a model loaded within this; a server that takes longer is no help to a request. */
const startMs = 30_000;
/** What could not be made is not tried again with every request. */
const restMs = 30_000;

export interface EmbedderSourceOptions {
  /** `embedder:` of the configuration, checked. */
  readonly config: JsonObject;
  /** Asks a provider of the gateway. */
  readonly call: EmbeddingsCall;
  readonly clock: Clock;
  readonly log: Log;
}

/** The configured embedder, made by the first who asks. */
export class LazyEmbedder implements EmbedderSource {
  readonly #options: EmbedderSourceOptions;
  #current: Embedder | null = null;
  #making: Promise<Embedder> | null = null;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: EmbedderSourceOptions) {
    this.#options = options;
  }

  get current(): Embedder | null {
    return this.#current;
  }

  ready(options: EmbedOptions = {}): Promise<Embedder> {
    if (this.#current !== null) return Promise.resolve(this.#current);
    if (this.#closed) return Promise.reject(unavailable('it was closed'));
    if (this.#making === null) {
      if (this.#options.clock.monotonic() < this.#notBeforeMs) {
        return Promise.reject(unavailable('it failed a moment ago'));
      }
      this.#making = this.#make(options.requestId).finally(() => {
        this.#making = null;
      });
    }
    return this.#making;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#making?.catch(() => undefined);
    await this.#current?.close?.();
    this.#current = null;
  }

  async #make(requestId: string | undefined): Promise<Embedder> {
    const { config, call, clock, log } = this.#options;
    const patience = new AbortController();
    const late = Promise.withResolvers<never>();
    const cancel = clock.after(startMs, () => {
      const reason = new Error(`the embedder was not ready within ${startMs / 1000} s`);
      patience.abort(reason);
      late.reject(reason);
    });
    try {
      // Not the signal of the request that came first: others wait for it too.
      const making = createEmbedder(optionsOf(config, call), {
        signal: patience.signal,
        ...(requestId === undefined ? undefined : { requestId }),
      });
      making.then((made) => (patience.signal.aborted ? made.close?.() : undefined)).catch(() => undefined);
      const made = await Promise.race([making, late.promise]);
      this.#current = made;
      return made;
    } catch (error) {
      this.#notBeforeMs = clock.monotonic() + restMs;
      log.warn(
        { embedder: config['kind'] ?? 'provider', error: error instanceof Error ? error.message : 'unknown' },
        'the embedder could not be made: the semantic cache misses until it can',
      );
      throw error;
    } finally {
      cancel();
    }
  }
}

function unavailable(why: string): GatewayError {
  return new GatewayError('store_unavailable', `The embedder is not there: ${why}.`);
}

function optionsOf(config: JsonObject, call: EmbeddingsCall): EmbedderOptions {
  const { kind = 'provider', ...rest } = config;
  const options = kind === 'provider' ? { kind, ...rest, call } : { kind, ...rest };
  // The schema of the configuration has the same names.
  return options as unknown as EmbedderOptions;
}
