/** The types of the policy language, as an ambient module: what `import … from 'sluice'` means to an editor. */
export const declaration = `// The language of *.policy.ts files, for editors and tsc. Made by "sluice types"; do not edit.
declare module 'sluice' {
  export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
  export type Phase = 'onRequest' | 'route' | 'beforeUpstream' | 'afterResponse';
  /** Which facts a predicate reads: the request, the target of an attempt, the finished answer. */
  export type Need = 'req' | 'up' | 'resp';
  export interface NeedOf {
    onRequest: 'req';
    route: 'req';
    beforeUpstream: 'req' | 'up';
    afterResponse: 'req' | 'up' | 'resp';
  }
  export type Period = 'minute' | 'hour' | 'day' | 'month';
  export type By = 'tenant' | 'key' | 'user' | 'feature' | 'model' | 'ip';
  export type Tier = 'mini' | 'standard' | 'frontier';
  /** A name in which * stands for any run of characters. */
  export type Glob = string;
  /** "sluice types" writes the configured aliases and targets here. */
  export interface Registry {}
  export type Target = Registry extends { targets: infer T extends string } ? T : string;

  // ---- facts: one deep-frozen snapshot per call; no provider key and no credential is in it

  export interface Msg {
    readonly role: 'system' | 'user' | 'assistant' | 'tool';
    readonly text: string;
    readonly images: number;
  }
  export interface Ctx<P extends Phase = Phase> {
    readonly phase: P;
    readonly requestId: string;
    /** When the request arrived, milliseconds since the epoch. */
    readonly now: number;
    /** 1 for the first attempt, 0 before it. */
    readonly attempt: number;
    readonly user: string | null;
    readonly feature: string | null;
    readonly ip: string;
    readonly tenant: {
      readonly id: string;
      readonly plan: string;
      readonly region: string;
      readonly labels: Readonly<Record<string, string>>;
    };
    readonly key: { readonly id: string; readonly name: string; readonly scopes: readonly string[] };
    readonly request: {
      readonly api: 'chat' | 'messages' | 'responses' | 'embeddings' | 'completions';
      readonly model: string;
      readonly tier: Tier;
      readonly messages: readonly Msg[];
      readonly lastUser: string;
      readonly tools: readonly string[];
      readonly stream: boolean;
      readonly params: Readonly<Record<string, Json>>;
      readonly headers: Readonly<Record<string, string>>;
      readonly tokensIn: number;
    };
    /** Spend of the tenant: used is usd / limit, 0 without a limit. */
    readonly budget: Readonly<
      Record<Period, { readonly usd: number; readonly limit: number; readonly used: number }>
    >;
    readonly tags: Readonly<Record<string, string>>;
    /** target is the target's id, provider/model. */
    readonly up: P extends 'beforeUpstream' | 'afterResponse'
      ? {
          readonly target: Target;
          readonly vendor: string;
          readonly model: string;
          readonly tier: Tier;
          readonly region: string;
        }
      : null;
    readonly resp: P extends 'afterResponse'
      ? {
          readonly status: number;
          readonly text: string;
          readonly finish: string;
          readonly tokensOut: number;
          readonly usd: number;
          readonly ms: number;
          readonly cached: boolean;
        }
      : null;
  }

  // ---- predicates: plain data; one that takes several names holds for any of them

  export interface Pred<N extends Need = 'req'> {
    readonly $p: string;
    readonly need: N;
    readonly args: readonly Json[];
  }
  /** A number to compare. Where it is unknown no comparison holds. */
  export interface Num<N extends Need = 'req'> {
    gt(n: number): Pred<N>;
    gte(n: number): Pred<N>;
    lt(n: number): Pred<N>;
    lte(n: number): Pred<N>;
    /** Both ends included. */
    between(a: number, b: number): Pred<N>;
  }
  export function all<N extends Need>(...p: Pred<N>[]): Pred<N>;
  export function any<N extends Need>(...p: Pred<N>[]): Pred<N>;
  export function not<N extends Need>(p: Pred<N>): Pred<N>;
  export function tenant(...id: Glob[]): Pred;
  export function plan(...p: string[]): Pred;
  /** Where the tenant's data may be. */
  export function region(...r: string[]): Pred;
  export function key(...id: Glob[]): Pred;
  export function user(...id: Glob[]): Pred;
  export function feature(...f: Glob[]): Pred;
  /** The model or alias that was asked for. */
  export function model(...m: Glob[]): Pred;
  /** The tier of the model or alias that was asked for. */
  export function tier(...t: Tier[]): Pred;
  export function api(...a: Ctx['request']['api'][]): Pred;
  /** Whether the client sent a header, with this value or one that the pattern matches. */
  export function header(name: string, match?: string | RegExp): Pred;
  /** Whether the tenant has a label, with one of these values where any are given. */
  export function label(k: string, ...v: string[]): Pred;
  /** Whether a file before this one set the tag, to one of these values where any are given. */
  export function tagged(k: string, ...v: string[]): Pred;
  /**
   * Whether the pattern matches in one of the messages: those of roles (all by default), or with last the last
   * one of them (of the user's by default). The first maxChars characters are scanned, 32768 by default.
   */
  export function content(re: RegExp, o?: { roles?: Msg['role'][]; last?: boolean; maxChars?: number }): Pred;
  export function has(...f: ('tools' | 'images' | 'stream' | 'json' | 'system')[]): Pred;
  /** From from up to to (09:00, 17:30), over midnight too; days are those on which the span begins. */
  export function hours(
    from: string,
    to: string,
    o: { tz: string; days?: ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[] },
  ): Pred;
  /** True for share per cent (0 to 100) of the subjects, always the same ones. */
  export function ab(share: number, o: { by: By; salt: string }): Pred;
  export const tokensIn: Num;
  /** Spend of a period, of the tenant by default. Needs a plugin such as ledger. */
  export function budget(p: Period, by?: By): { used: Num; usd: Num };
  /** A number among the request's top-level parameters, such as temperature. */
  export function param(name: string): Num;
  export const up: {
    target(...t: Target[]): Pred<'up'>;
    vendor(...v: string[]): Pred<'up'>;
    tier(...t: Tier[]): Pred<'up'>;
    region(...r: string[]): Pred<'up'>;
    attempt: Num<'up'>;
  };
  export const resp: {
    status(...s: number[]): Pred<'resp'>;
    content(re: RegExp): Pred<'resp'>;
    finish(...f: string[]): Pred<'resp'>;
    cached(): Pred<'resp'>;
    tokensOut: Num<'resp'>;
    /** Needs a plugin such as ledger. */
    usd: Num<'resp'>;
    ms: Num<'resp'>;
  };
  /** A predicate in code. It runs in the sandbox, for each request that gets this far. */
  export function fn<P extends Phase = 'onRequest'>(name: string, f: (c: Ctx<P>) => boolean): Pred<NeedOf[P]>;

  // ---- verbs: plain data; in makes a verb fit only into the hooks that support it

  export interface Act<P extends Phase> {
    readonly $a: string;
    readonly args: readonly Json[];
    readonly in?: (p: P) => void;
  }
  export type Pre = 'onRequest' | 'route';
  export type Fail =
    | 'connect'
    | 'timeout'
    | 'rate_limit'
    | 'overloaded'
    | 'server_error'
    | 'malformed'
    | 'cut'
    | 'auth'
    | 'not_found'
    | 'unsupported'
    | 'context_length'
    | 'content_filter';
  /** Refuses the request; nothing after it applies. Status 400 to 599. */
  export function deny(status: number, code: string, message?: string): Act<Phase>;
  /** Sends the request to a target or alias. The first rule that does so wins, unless another overrides. */
  export function use(t: Target, o?: { override?: boolean }): Act<'route'>;
  /** As use(), by weight. The same user (key, request, where none is known) always gets the same arm. */
  export function pick(
    arms: readonly { to: Target; weight: number }[],
    o?: { by?: By; salt?: string },
  ): Act<'route'>;
  /** Whom to try next, in order. At most 8; duplicates are removed. */
  export function fallback(...t: Target[]): Act<'route'>;
  export function chain(o: {
    on?: Fail[];
    sameVendor?: boolean;
    sameRegion?: boolean;
    max?: number;
  }): Act<'route'>;
  /** Targets that are allowed. Constraints of all rules intersect and never widen. */
  export function only(c: {
    region?: string[];
    vendor?: string[];
    tier?: Tier[];
    target?: Target[];
  }): Act<Pre>;
  /**
   * An experiment: shares are per cent and sum to 100. Tags exp.<salt>=<arm>. Where no user (or feature) was sent
   * the key is drawn for, and without a key the request.
   */
  export function split(
    salt: string,
    by: By,
    arms: Readonly<Record<string, { share: number; do?: readonly Act<'route'>[] }>>,
  ): Act<'route'>;
  export function rewrite(o: {
    params?: Readonly<Record<string, Json>>;
    /** Lowers the output limit, never raises it. */
    maxTokens?: number;
    system?: { prepend?: string; append?: string };
    /** Headers for the provider; null removes one. */
    headers?: Readonly<Record<string, string | null>>;
  }): Act<'onRequest' | 'beforeUpstream'>;
  export function redact(
    what: 'email' | 'phone' | 'card' | 'ip' | 'secret' | { name: string; re: RegExp },
    o?: { restore?: boolean; as?: string; roles?: Msg['role'][] },
  ): Act<'onRequest'>;
  export function limit(o: {
    by: By;
    per: Period;
    requests?: number;
    tokens?: number;
    usd?: number;
    concurrent?: number;
  }): Act<'onRequest'>;
  /** ttl in seconds. */
  export function cache(
    o: 'bypass' | { ttl: number; namespace?: 'tenant' | 'key' | 'user'; vary?: string[] },
  ): Act<Pre>;
  /** max at most 5; ratio is the retry budget as a share of the requests to a target. */
  export function retry(o: { max: number; on?: Fail[]; budgetMs?: number; ratio?: number }): Act<'route'>;
  export function shadow(t: Target, o: { sample: number; maxUsdPerDay: number }): Act<'route'>;
  export function output(o: {
    block?: RegExp;
    mask?: RegExp;
    maxTokens?: number;
    json?: boolean;
    holdback?: number;
  }): Act<Pre | 'afterResponse'>;
  export function tag(t: Readonly<Record<string, string>>): Act<Phase>;
  /** Verbs in code. It runs in the sandbox, for each request that the rule matches. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a function without a return statement is meant
  export function run<P extends Phase>(f: (c: Ctx<P>) => Act<P> | readonly Act<P>[] | void): Act<P>;

  // ---- rules and policies

  export interface Rule {
    readonly id: string;
  }
  export interface Policy {
    readonly id: string;
  }
  export type RuleFn<P extends Phase> = (
    id: string,
    when: Pred<NeedOf[P]> | true,
    ...acts: [Act<P>, ...Act<P>[]]
  ) => Rule;
  export const onRequest: RuleFn<'onRequest'>;
  export const route: RuleFn<'route'>;
  export const beforeUpstream: RuleFn<'beforeUpstream'>;
  export const afterResponse: RuleFn<'afterResponse'>;
  export interface PolicyOptions {
    /** A guard fails closed, a shape is left out when it fails. */
    kind: 'guard' | 'shape';
    mode?: 'enforce' | 'shadow' | 'off';
    onError?: 'closed' | 'skip';
    match?: Pred;
    owner?: string;
    limits?: { ms?: number; heapMb?: number };
  }
  export function policy(id: string, o: PolicyOptions, ...rules: [Rule, ...Rule[]]): Policy;
  /** A stable number in [0, 1). */
  export function hash(s: string, salt?: string): number;
  export function log(...a: Json[]): void;
}
`;
