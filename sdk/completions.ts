import type { JsonSchema } from './plugin.ts';
import type { Constraint } from './route.ts';
import type { Usage } from './usage.ts';

/** One message of a question that a plugin asks. */
export interface CompletionMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly text: string;
}

/** A question of a plugin's own to a model, beside the request that it works for. */
export interface CompletionQuestion {
  /** Alias or `provider/model`. Aliases have their targets and strategy; nothing of the request's own plan applies. */
  readonly model: string;
  /** Targets that it may go to, within what the request's own constraints allow. All of these by default. */
  readonly only?: Constraint;
  readonly messages: readonly CompletionMessage[];
  readonly maxOutputTokens: number;
  /** The model's own where it is not given. */
  readonly temperature?: number;
  /** What the answer must be JSON of. Models that cannot be held to it get it not at all: check what comes. */
  readonly schema?: JsonSchema;
  /** What it is for, in a word, such as `classifier`: trace and ledger name it. */
  readonly purpose: string;
  /**
   * The request that it is asked for, and whose cost it is. It must be under way, or another question asked for it must be, or
   * have been so in the last seconds.
   */
  readonly requestId: string;
  /** Ends the call, and nothing of it is waited for any more. What it used by then is booked all the same. */
  readonly signal: AbortSignal;
}

/** A model's answer, whole. */
export interface Completion {
  /** Of the first choice; '' where the model said nothing. */
  readonly text: string;
  readonly usage: Usage;
  /** Null where nobody knows the price. */
  readonly costNanoUsd: number | null;
  /** The target that answered, `provider/model`. */
  readonly target: string;
}

/**
 * Asks a model through the gateway's own providers: keys, pools, health, time limits and prices are those of every other
 * request. No hook of the folder sees the question, but what hooks allowed so far (`only`) holds for it: a text that must
 * not leave a region does not leave it this way. What it uses belongs to the request named in it: its trace and its row of
 * the ledger have it, and the budgets of that request pay for it.
 */
export interface Completions {
  /**
   * @throws GatewayError as for a client: `model_not_found`, `no_candidate`, `budget_exceeded` and the like, or what the provider failed
   * with; the signal's own reason where it was aborted. Not tried twice.
   */
  complete(question: CompletionQuestion): Promise<Completion>;
}
