import type { JsonSchema, MaybePromise } from './plugin.ts';
import type { Clock, Ids, Log, Random } from './services.ts';
import type { FailureKind } from './target.ts';
import type { Transport, UpstreamRequest } from './transport.ts';
import type { Api } from './view.ts';

/** Wire formats that the core can read and write. */
export type WireDialect = 'chat' | 'completions' | 'embeddings';

/** A request for one target, its body already in the provider's dialect and with the provider's model name. */
export interface ProviderCall {
  readonly api: Api;
  readonly model: string;
  readonly stream: boolean;
  readonly body: string | Buffer;
  readonly requestId: string;
  readonly traceparent: string;
  /** Headers that policies want sent; lower case, without credentials. */
  readonly headers: Readonly<Record<string, string>>;
}

/** An answer that is not a success, or a 200 that carries an error. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** At most 64 KiB of it. */
  readonly body: string;
}

/** A provider's refusal, classified. */
export interface Failure {
  readonly kind: FailureKind;
  /** Code for the client, of the error table. */
  readonly code: string;
  /** Status for the client. */
  readonly status: number;
  /** For the client: our own words or a text known to be harmless. Never keys, organisation ids or URLs. */
  readonly message: string;
  readonly param?: string | null;
  /** How long the provider asked to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
}

/** One configured provider. */
export interface Provider {
  /** The wire format to use for an API and model; null where the provider does not offer that API. */
  dialect(api: Api, model: string): WireDialect | null;
  /** Builds the HTTP request: address, credentials, headers. Synchronous and cheap. */
  request(call: ProviderCall): UpstreamRequest;
  /** Says what an error answer means. Must not throw, whatever the body holds. */
  failure(answer: UpstreamAnswer): Failure;
  /** True when streams may be asked for usage with `stream_options.include_usage`. */
  readonly streamUsage: boolean;
  /** Sends requests itself instead of over HTTP. */
  readonly transport?: Transport;
  close?(): MaybePromise<void>;
}

/** What a provider gets besides its options. */
export interface ProviderServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly log: Log;
}

/** A kind of provider. */
export interface ProviderKind<Options = unknown> {
  /** What `kind:` names in `gateway.yaml`. */
  readonly kind: string;
  readonly summary: string;
  /** Schema of the options, without the common keys `kind`, `region`, `vendor`, `tier` and `price`. */
  readonly schema: JsonSchema;
  /** Options that hold secrets; they arrive as `Secret`. */
  readonly secrets: readonly string[];
  /** Who makes a model, judged by its name: `anthropic` for `claude-…`. */
  vendor(model: string): string;
  create(options: Options, services: ProviderServices, name: string): Provider;
}

// biome-ignore lint/suspicious/noExplicitAny: erases the author's own option type, which the core cannot know
export type AnyProviderKind = ProviderKind<any>;

/** Defines a kind of provider. A team can add one without touching the core. */
export function defineProvider<Options>(kind: ProviderKind<Options>): ProviderKind<Options> {
  return kind;
}
