import type { FinishReason } from '../../sdk/chunk.ts';
import type { Json, JsonObject } from '../../sdk/json.ts';
import type { Api } from '../../sdk/view.ts';
import type { Place } from '../yaml/place.ts';

/** Failures that a case can script, named as `fallback` and `chain({ on })` name them. */
export const scriptedFailures = [
  'timeout',
  'connect',
  'rate_limit',
  'server_error',
  'overloaded',
  'context_length',
  'content_filter',
] as const;
export type ScriptedFailure = (typeof scriptedFailures)[number];

/** What the provider does at one call. Exactly one of `text`, `chunks`, `tool`, `fail` and `status` / `json`. */
export interface UpstreamReply {
  readonly text?: string;
  /** The answer's text, cut as the provider streams it. */
  readonly chunks?: readonly string[];
  readonly tool?: { readonly name: string; readonly arguments: JsonObject | string };
  readonly fail?: ScriptedFailure;
  /** HTTP status and body, as they are. */
  readonly status?: number;
  readonly json?: Json;
  readonly finish?: FinishReason;
  readonly tokensOut?: number;
  /** What the answer costs, in place of what the price table makes of it. */
  readonly usd?: number;
}

/** The request of a case: facts, from which a body is made. */
export interface GivenRequest {
  readonly api?: Api;
  /** The first alias of the configuration by default. */
  readonly model?: string;
  /** A text is a message of the user. `text` and `images` may stand in place of `content`. */
  readonly messages?: readonly (string | JsonObject)[];
  /** Comes before `messages`. */
  readonly system?: string;
  /** Comes after `messages`. */
  readonly lastUser?: string;
  /** Names, or tools as the API has them. */
  readonly tools?: readonly (string | JsonObject)[];
  readonly stream?: boolean;
  readonly params?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of the estimate, so that a case need not be long. */
  readonly tokensIn?: number;
  /** Images in the last message. */
  readonly images?: number;
  readonly json?: boolean;
  /** A body in the API's own form, under everything above. */
  readonly body?: JsonObject;
}

/** Facts that a request is made of. What is not said has a default. */
export interface Given {
  readonly tenant?: {
    readonly id?: string;
    readonly plan?: string;
    readonly region?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly key?: { readonly id?: string; readonly name?: string; readonly scopes?: readonly string[] };
  readonly user?: string;
  readonly feature?: string;
  readonly ip?: string;
  /** ISO 8601; 2026-01-01T12:00:00Z by default, a Thursday. */
  readonly now?: string;
  /** The request id, from which policy code draws its random numbers. */
  readonly seed?: string | number;
  readonly request?: GivenRequest;
  /** Tags that are there before the first policy. */
  readonly tags?: Readonly<Record<string, string>>;
  /** What is spent: `{ day: { used: 0.85 } }` of the tenant, `{ key: { day: { usd: 4, limit: 5 } } }` of others. */
  readonly budget?: JsonObject;
  readonly upstream?: readonly UpstreamReply[];
}

/** A text as it must be, or what it must hold. */
export type TextExpectation =
  | string
  | { readonly contains?: string; readonly not_contains?: string; readonly matches?: string };

/** What must come of it. What is not said is not looked at. */
export interface Expect {
  readonly deny?:
    | boolean
    | { readonly status?: number; readonly code?: string; readonly message?: TextExpectation };
  /** Rules that matched, as `policy/rule`. */
  readonly rules?: readonly string[];
  readonly not_rules?: readonly string[];
  /** The target that answered; the first of the plan where none was asked. */
  readonly target?: string;
  /** The model that the provider was asked for. */
  readonly model?: string;
  readonly attempts?: number;
  /** Null for a tag that must not be there. */
  readonly tags?: Readonly<Record<string, string | null>>;
  /** Writes that lost their slot: the value, or the rule that wrote it. */
  readonly lost?: readonly string[];
  /** The last user message that the provider got. */
  readonly upstream_text?: TextExpectation;
  /** A part of the JSON body that the provider got. */
  readonly upstream?: Json;
  readonly response_text?: TextExpectation;
  readonly status?: number;
  /** Headers of the response; null for one that must not be there. */
  readonly headers?: Readonly<Record<string, TextExpectation | null>>;
  /** Verbs that were left to plugins, each as `{ limit: { by: key, … } }`; options that are not named are not compared. */
  readonly verbs?: readonly JsonObject[];
  /** Reason of a decision, such as the rule that refused. */
  readonly reason?: string;
}

/** One test of a policy. */
export interface PolicyCase {
  /** File in the policies folder, and where the case stands in it. */
  readonly file: string;
  readonly place: Place;
  readonly name: string;
  readonly given: Given;
  readonly expect: Expect;
  /** Why the case is not run; null where it is. */
  readonly skip: string | null;
}

/** `file:line`. */
export function caseAt({ file, place }: PolicyCase): string {
  return `${file}:${place.line}`;
}

/** A case that cannot be run as it is written. The message is for its author. */
export class CaseError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CaseError';
  }
}
