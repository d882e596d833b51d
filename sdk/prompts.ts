import type { JsonObject } from './json.ts';
import type { MaybePromise } from './plugin.ts';

/** Versions by their weight: all requests with the label go to one version, or are split by weight over several. */
export type PromptShares = Readonly<Record<string, number>>;

/** What is known of a prompt besides the contents of its versions. */
export interface StoredPrompt {
  readonly name: string;
  /** The oldest first. Times are milliseconds since the epoch. */
  readonly versions: readonly { readonly version: string; readonly createdAtMs: number }[];
  /** Labels, such as `production`, and the versions that they stand for. */
  readonly labels: Readonly<Record<string, PromptShares>>;
}

/** A version to be kept. */
export interface NewPromptVersion {
  readonly name: string;
  /** Null: the next whole number. */
  readonly version: string | null;
  /** What the version is, in words of whoever writes it. At most 256 KiB as JSON. */
  readonly content: JsonObject;
  /** Labels that are moved to this version, all of each. */
  readonly labels: readonly string[];
}

/** Most names that `PromptStore.names` gives at a time. */
export const maxListedPrompts = 1000;
/** Most versions of one prompt. */
export const maxPromptVersions = 1000;

/**
 * Prompts by name and version. A version never changes once it is written; labels are moved, which is how a version goes
 * to production and how it is taken back. Every method throws GatewayError 503 `store_unavailable` where the store cannot
 * be reached.
 */
export interface PromptStore {
  /** Names after the given one ('' for the first), sorted by code units; at most `maxListedPrompts`. */
  names(after: string, limit: number): MaybePromise<readonly string[]>;
  /** Null where nothing has that name. */
  read(name: string): MaybePromise<StoredPrompt | null>;
  /** The content of a version; null where there is none. */
  content(name: string, version: string): MaybePromise<JsonObject | null>;
  /**
   * Writes a version.
   *
   * @returns its name, or null where the prompt has that version already: nothing was changed.
   * @throws GatewayError 400 `invalid_request` for one version more than `maxPromptVersions`.
   * @throws RangeError for a content above 256 KiB, or words that are no name, version or label.
   */
  add(version: NewPromptVersion): MaybePromise<string | null>;
  /**
   * Moves labels, all at once or none; null takes one away.
   *
   * @returns false where the prompt, or one of the versions, is not there: nothing was changed.
   * @throws RangeError for words that are no label, and weights that are not whole numbers from 1 to 1,000,000.
   */
  label(name: string, labels: Readonly<Record<string, PromptShares | null>>): MaybePromise<boolean>;
}
