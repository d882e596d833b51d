import type { Json, JsonObject } from '../../sdk/json.ts';

/** What an assertion can check. Each may be turned round with `not-` in front. */
export const assertionTypes = [
  'contains',
  'icontains',
  'contains-any',
  'contains-all',
  'icontains-any',
  'icontains-all',
  'starts-with',
  'equals',
  'regex',
  'is-json',
  'contains-json',
  'json-schema',
  'jsonata',
  'similar',
  'llm-judge',
  'cost',
  'latency',
] as const;
export type AssertionType = (typeof assertionTypes)[number];

export interface Assertion {
  readonly type: AssertionType;
  /** It must not hold. */
  readonly not: boolean;
  readonly value: Json;
  /** `similar`: the least similarity. `cost`: the most dollars. `latency`: the most milliseconds. */
  readonly threshold: number | null;
  readonly weight: number;
  /** `llm-judge`: an answer that is known to be good; then the two are compared. */
  readonly reference: string | null;
  /** `llm-judge`: who judges, in place of the suite's judge. */
  readonly judge: string | null;
}

export type Message = JsonObject;

/** One question of a suite, asked with each prompt and each model. */
export interface EvalCase {
  readonly name: string;
  readonly messages: readonly Message[];
  readonly params: JsonObject;
  readonly vars: Readonly<Record<string, Json>>;
  readonly assertions: readonly Assertion[];
  /** The least score; null where every assertion must hold. */
  readonly threshold: number | null;
}

export interface Suite {
  readonly description: string;
  /** Aliases or `provider/model`; empty for the gateway's first alias. */
  readonly models: readonly string[];
  readonly cases: readonly EvalCase[];
  readonly repeat: number;
  /** Share of the cases that must pass, 0 to 1. */
  readonly threshold: number;
  readonly judge: string | null;
}

/** Something of a suite that was not understood. It was left out, and that is said. */
export interface NotUnderstood {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}
