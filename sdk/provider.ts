import type { JsonSchema, MaybePromise } from './plugin.ts';
import type { Clock, Ids, Log, Random } from './services.ts';
import type { FailureKind } from './target.ts';
import type { ModelTraits } from './traits.ts';
import type { Transport, UpstreamRequest } from './transport.ts';
import type { Api } from './view.ts';
import type { Adapter, Framing, Wire } from './wire.ts';

/**
 * Wire formats that the core can read and write. `count_tokens` is Anthropic's counting of a messages body,
 * `input_tokens` OpenAI's counting of a responses body.
 */
export type WireDialect =
  | 'chat'
  | 'completions'
  | 'embeddings'
  | 'messages'
  | 'responses'
  | 'count_tokens'
  | 'input_tokens';

/** A request for one target, its body already in the provider's dialect and with the provider's model name. */
export interface ProviderCall {
  /** The client's API. */
  readonly api: Api;
  /** What the body is written in: what `Provider.dialect` gave, by its name. */
  readonly wire: string;
  readonly model: string;
  readonly stream: boolean;
  readonly body: string | Buffer;
  readonly requestId: string;
  readonly traceparent: string;
  /** Which of the provider's keys to use, from 0; absent where it has one or none. */
  readonly key?: number;
  /** Headers that policies want sent; lower case, without credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** The client's own headers that its dialect gives a meaning: `anthropic-beta`, `anthropic-version`, `openai-beta`. */
  readonly clientHeaders: Readonly<Record<string, string>>;
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
  /** Response headers for the client, such as the provider's rate limits. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One configured provider. */
export interface Provider {
  /**
   * The format to use for an API and model: one that the core knows, or one of the provider's own. Null where it does
   * not offer that API. The client's own dialect passes untouched; anything else is translated.
   */
  dialect(api: Api, model: string): WireDialect | Wire | Adapter | null;
  /** What a model takes, for translations into a format that the core knows. */
  traits?(model: string): ModelTraits;
  /** How streams are framed for an API and model, for a format that the core knows; server-sent events by default. */
  framing?(api: Api, model: string): Framing | undefined;
  /** Builds the HTTP request: address, credentials, headers. Cheap; a promise only where credentials must be fetched. */
  request(call: ProviderCall): MaybePromise<UpstreamRequest>;
  /**
   * Says what an error answer means. Must not throw, whatever the body holds. A provider that learns from it that it
   * should have been spoken to differently answers differently to `dialect` from then on, and is asked once more.
   *
   * @param wire the format of the request, by its name; the core always says it.
   */
  failure(answer: UpstreamAnswer, wire?: string): Failure;
  /** How many keys requests can be made with, where that is more than one. */
  readonly keyCount?: number;
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
