import type { AttemptChanges } from '../../sdk/change.ts';
import type { Json, JsonObject } from '../../sdk/json.ts';
import type { ChainRule, Constraint, RetryRule } from '../../sdk/route.ts';
import type { HookName } from '../../sdk/trace.ts';

/** Which facts a predicate reads: the request, the target of an attempt, the finished answer. */
export type Need = 'req' | 'up' | 'resp';
export type Period = 'minute' | 'hour' | 'day' | 'month';
/** Whom a share, a budget or a limit is counted for. */
export type By = 'tenant' | 'key' | 'user' | 'feature' | 'model' | 'ip';

export const periods: readonly Period[] = ['minute', 'hour', 'day', 'month'];
export const subjects: readonly By[] = ['tenant', 'key', 'user', 'feature', 'model', 'ip'];
export const hookNames: readonly HookName[] = ['onRequest', 'route', 'beforeUpstream', 'afterResponse'];

/** Needs that the rules of a hook may have. */
export const needsOf: Readonly<Record<HookName, readonly Need[]>> = {
  onRequest: ['req'],
  route: ['req'],
  beforeUpstream: ['req', 'up'],
  afterResponse: ['req', 'up', 'resp'],
};

/** One question about the facts: its name in the language and its arguments, complete and checked. */
export interface Leaf {
  readonly p: 'leaf';
  /** Such as `tier` or `tokensIn.gt`. */
  readonly name: string;
  readonly need: Need;
  readonly args: readonly Json[];
}

/** A predicate: leaves joined by `all`, `any` and `not`. */
export type Pred =
  | { readonly p: 'all' | 'any'; readonly of: readonly Pred[] }
  | { readonly p: 'not'; readonly of: Pred }
  | Leaf;

export interface DenyAct {
  readonly a: 'deny';
  readonly status: number;
  readonly code: string;
  readonly message: string | null;
}

/** One arm of `split`, with what it does. */
export interface SplitArm {
  readonly name: string;
  /** Per cent of the subjects. */
  readonly share: number;
  readonly do: readonly Act[];
}

/** The verbs that a plugin of the folder must carry out. */
export const pluginVerbs = ['redact', 'limit', 'cache', 'shadow', 'output'] as const;
export type PluginVerb = (typeof pluginVerbs)[number];

/** A verb that a plugin carries out; its options are checked. */
export interface PluginAct {
  readonly a: PluginVerb;
  readonly options: JsonObject;
}

/** One verb with its arguments, complete and checked. */
export type Act =
  | DenyAct
  | { readonly a: 'use'; readonly to: string; readonly override: boolean }
  | {
      readonly a: 'pick';
      readonly arms: readonly { readonly to: string; readonly weight: number }[];
      readonly by: By;
      readonly salt: string;
    }
  | { readonly a: 'fallback'; readonly targets: readonly string[] }
  | { readonly a: 'chain'; readonly rule: ChainRule }
  | { readonly a: 'only'; readonly constraint: Constraint }
  | { readonly a: 'split'; readonly salt: string; readonly by: By; readonly arms: readonly SplitArm[] }
  | { readonly a: 'rewrite'; readonly changes: AttemptChanges }
  | { readonly a: 'retry'; readonly rule: RetryRule }
  | { readonly a: 'tag'; readonly tags: Readonly<Record<string, string>> }
  | { readonly a: 'run'; readonly fn: number }
  | PluginAct;

/** A named rule: when it applies and what it does. */
export interface PlanRule {
  readonly id: string;
  readonly hook: HookName;
  /** 1-based place of the rule in its file. */
  readonly line: number;
  readonly column: number;
  /** Null applies always. */
  readonly when: Pred | null;
  readonly acts: readonly Act[];
}

/** One policy of a file, validated. Plain data: it can be shown, compared and sent to the playground. */
export interface PlanPolicy {
  readonly id: string;
  readonly file: string;
  readonly line: number;
  /** A guard fails closed, a shape is left out when it fails; `onError` has the last word. */
  readonly kind: 'guard' | 'shape';
  readonly mode: 'enforce' | 'shadow' | 'off';
  readonly onError: 'closed' | 'skip';
  readonly match: Pred | null;
  readonly owner: string | null;
  readonly limits: { readonly ms?: number; readonly heapMb?: number };
  /** In the order of the file. */
  readonly rules: readonly PlanRule[];
}

/** What the folder's plugins add to the language, for one policy file. */
export interface Capabilities {
  /** Verbs such as `limit`, each with the plugin file that carries it out. */
  readonly verbs: ReadonlyMap<string, string>;
  /** Verbs that a plugin of the folder has and that do not work in this file, with the reason. */
  readonly why?: ReadonlyMap<string, string>;
  /** Groups of facts: `budget` for `budget()`, `cost` for `resp.usd`. */
  readonly facts: ReadonlySet<string>;
}

/** A folder without plugins. */
export const noCapabilities: Capabilities = { verbs: new Map(), facts: new Set() };
