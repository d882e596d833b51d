import { jsonTextFrom } from '../../../core/body/json-text.ts';
import { RequestBody } from '../../../core/body/request-body.ts';
import { dialectFor } from '../../../core/dialects/registry.ts';
import { createPrices } from '../../../core/prices/prices.ts';
import type { PriceTable } from '../../../core/prices/table-price.ts';
import { createMemoryCounters } from '../../../core/stores/counters/memory.ts';
import { compileValidator } from '../../../core/yaml/validate.ts';
import type { TokenLimiterOptions } from '../../../plugins/token-limiter/options.ts';
import { tokenLimiter } from '../../../plugins/token-limiter/plugin.ts';
import type { LimiterServices } from '../../../plugins/token-limiter/services.ts';
import type { Counters } from '../../../sdk/counters.ts';
import {
  type AnyPlugin,
  type Api,
  type AttemptContext,
  type AttemptDecision,
  anonymous,
  definePlugin,
  type Identity,
  type IdentityLimits,
  type Json,
  type Models,
  type Outcome,
  type PolicyVerb,
  type RequestContext,
  type RequestDecision,
  type RequestHooks,
  Secret,
  type SettledContext,
  type Target,
  type Trace,
  type TraceAttempt,
  type Usage,
} from '../../../sdk/index.ts';
import type { Prices } from '../../../sdk/prices.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { type RecordingLog, recordingLog } from '../../../sdk/testing/fakes.ts';
import { attemptRecord, traceRecord } from '../../../sdk/testing/trace.ts';
import { ScriptedUpstream } from '../../../sdk/testing/upstream.ts';

/** $1 and $2 for a million tokens of `cheap`, ten times as much of `dear`; nobody knows what `unknown` costs. */
export const priceTable: PriceTable = {
  as_of: '2026-01-01',
  source: 'test',
  unit: 'nano-dollars per million tokens',
  models: {
    openai: {
      cheap: { input: 1_000_000_000, output: 2_000_000_000 },
      dear: { input: 10_000_000_000, output: 20_000_000_000 },
    },
  },
};

/** A target of provider `up` unless the id says otherwise. */
export function target(id: string): Target {
  const full = id.includes('/') ? id : `up/${id}`;
  const [provider, model] = full.split('/') as [string, string];
  return { id: full, provider, kind: 'openai', model, vendor: 'x', tier: 'mini', region: '', weight: 1 };
}

const aliases: Readonly<Record<string, readonly Target[]>> = {
  cheap: [target('cheap')],
  dear: [target('dear')],
  both: [target('cheap'), target('dear')],
  unknown: [target('unknown')],
  some: [target('cheap'), target('unknown')],
};

export const models: Models = {
  aliases: Object.keys(aliases),
  resolve: (name) => aliases[name] ?? (name.includes('/') ? [target(name)] : undefined),
  strategy: () => 'ordered',
  tier: () => 'mini',
  nearest: () => undefined,
};

export const noLimits: IdentityLimits = {
  requestsPerMinute: null,
  tokensPerMinute: null,
  outputTokensPerMinute: null,
  concurrentRequests: null,
  tokensPerDay: null,
  budget: null,
};

/** Who asks: key `k1` of tenant `acme`, with these limits. */
export function identity(
  key: Partial<IdentityLimits> = {},
  tenant: Partial<IdentityLimits> | null = null,
  more: Partial<Identity> = {},
): Identity {
  return {
    ...anonymous,
    key: { id: 'k1', name: 'app', scopes: [], limits: { ...noLimits, ...key } },
    tenant: {
      ...anonymous.tenant,
      id: 'acme',
      ...(tenant === null ? undefined : { limits: { ...noLimits, ...tenant } }),
    },
    ...more,
  };
}

export function budget(limitNanoUsd: number, softNanoUsd: number | null = null): IdentityLimits['budget'] {
  return { limitNanoUsd, softNanoUsd, window: '2026-01', resetsAtMs: Date.UTC(2026, 1, 1) };
}

export const budgetKey = 'usd|key|k1|2026-01';

export function usage(inputTokens: number, outputTokens: number, more: Partial<Usage> = {}): Usage {
  return {
    inputTokens,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens,
    reasoningTokens: 0,
    estimated: false,
    ...more,
  };
}

export function attempt(number: number, id: string, more: Partial<TraceAttempt> = {}): TraceAttempt {
  const { id: full, provider } = target(id);
  return attemptRecord({ number, target: full, provider, startedMs: 0, durationMs: 1000, ...more });
}

/** The options of a file, defaults applied and units read as the gateway does it. */
export function optionsOf(file: Readonly<Record<string, unknown>>): TokenLimiterOptions {
  const validate = compileValidator(tokenLimiter.schema);
  const { value, problems } = validate(file as Json, {
    document: { file: '20-limits.yaml', position: () => ({ line: 1, column: 1 }) },
  });
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
  const { warn_webhook: url, ...rest } = value as Record<string, unknown>;
  return {
    ...rest,
    ...(url === undefined ? undefined : { warn_webhook: new Secret(String(url)) }),
  } as unknown as TokenLimiterOptions;
}

export interface HarnessOptions {
  readonly file?: Readonly<Record<string, unknown>>;
  readonly name?: string;
  readonly counters?: Counters;
  readonly clock?: FakeClock;
  readonly prices?: Prices;
}

export interface Harness {
  readonly hooks: RequestHooks<unknown>;
  /** Where webhooks go. */
  readonly http: ScriptedUpstream;
  readonly counters: Counters;
  readonly clock: FakeClock;
  readonly log: RecordingLog;
  request(options?: DrivenOptions): DrivenRequest;
  /** What is spent and held of a counter. */
  read(key: string): Promise<{ readonly spent: number; readonly held: number }>;
}

/** The plugin's hooks on fakes, driven as the pipeline drives them. */
export async function harness(options: HarnessOptions = {}): Promise<Harness> {
  const clock = options.clock ?? new FakeClock();
  const log = recordingLog();
  const counters = options.counters ?? createMemoryCounters({ clock });
  const prices = options.prices ?? createPrices(priceTable);
  const http = new ScriptedUpstream();
  const hooks = (await tokenLimiter.setup(
    optionsOf(options.file ?? {}),
    { clock, http, log, counters, prices, models },
    { file: options.name ?? '20-limits.yaml', policyVersion: 'p' },
  )) as RequestHooks<unknown>;
  return {
    hooks,
    http,
    counters,
    clock,
    log,
    request: (driven = {}) => new DrivenRequest(hooks, driven),
    read: async (key) => (await counters.read([key]))[0]!,
  };
}

export interface DrivenOptions {
  readonly api?: Api;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly model?: string;
  readonly identity?: Identity;
  readonly tags?: Readonly<Record<string, string>>;
  /** What policies left to the plugin. */
  readonly verbs?: readonly PolicyVerb[];
  readonly ip?: string;
  /** It is a question of a plugin beside this request, and which one. */
  readonly aside?: { readonly of: DrivenRequest; readonly number: number };
}

/** How a request ended, as far as a test says so. */
export interface Ending {
  readonly usage?: Usage | null;
  readonly attempts?: readonly TraceAttempt[];
  readonly steps?: Trace['steps'];
  readonly outcome?: Outcome;
}

let requests = 0;

/** One request on its way through the plugin alone. */
export class DrivenRequest {
  readonly body: RequestBody;
  readonly #hooks: RequestHooks<unknown>;
  readonly #identity: Identity;
  readonly #verbs: readonly PolicyVerb[];
  readonly #ip: string;
  readonly #id: string;
  readonly #aside: RequestContext['aside'];
  #attempts: TraceAttempt[] = [];
  #tags: Readonly<Record<string, string>>;
  #state: unknown;

  constructor(hooks: RequestHooks<unknown>, options: DrivenOptions) {
    requests += 1;
    this.#id = options.aside === undefined ? `req_${requests}` : options.aside.of.#id;
    this.#aside =
      options.aside === undefined ? null : { purpose: 'classifier', number: options.aside.number };
    this.#hooks = hooks;
    this.#identity = options.identity ?? identity();
    this.#tags = options.tags ?? {};
    this.#verbs = options.verbs ?? [];
    this.#ip = options.ip ?? '127.0.0.1';
    const { api = 'chat', model = 'cheap' } = options;
    const body = options.body ?? { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 100 };
    this.body = new RequestBody(dialectFor(api), jsonTextFrom(JSON.stringify({ model, ...body })));
  }

  /** What hooks and facts are shown now. */
  get context(): RequestContext {
    return this.#context;
  }

  get #context(): RequestContext {
    const self = this;
    return {
      requestId: this.#id,
      traceId: '0',
      arrivedAtMs: 0,
      ip: this.#ip,
      headers: {},
      get view() {
        return self.body.view;
      },
      identity: this.#identity,
      aside: this.#aside,
      tags: this.#tags,
      verbs: this.#verbs,
      policyVersion: 'p',
      signal: new AbortController().signal,
    } as Partial<RequestContext> as RequestContext;
  }

  /** `onRequest`, its changes applied. */
  async start(): Promise<RequestDecision | undefined> {
    this.#state ??= this.#hooks.state?.(this.#context);
    const decision = await this.#hooks.onRequest?.(this.#context, this.#state);
    if (decision?.type !== 'continue') return decision;
    this.#tags = { ...this.#tags, ...decision.tags };
    if (decision.changes !== undefined) this.body.change(decision.changes);
    return decision;
  }

  /** `beforeUpstream` of the next attempt, at one of the plan's targets. */
  async attempt(id: string, plan: readonly string[] = [id]): Promise<AttemptDecision | undefined> {
    const number = this.#attempts.length + 1;
    // Another attempt is made only when the one before has failed.
    this.#attempts = this.#attempts.map((one) => ({ ...one, failure: 'server_error', firstByteMs: null }));
    const context: AttemptContext = Object.assign(Object.create(this.#context), {
      attempt: number,
      target: models.resolve(id)?.[0] ?? target(id),
      plan: { targets: plan.map(target), chain: { on: [] }, retry: { max: 0 } },
      earlier: [...this.#attempts],
      hedge: false,
    });
    const decision = await this.#hooks.beforeUpstream?.(context, this.#state);
    if (decision === undefined || decision.type === 'continue') this.#attempts.push(attempt(number, id));
    return decision;
  }

  /** `settled`, with the usage of the last attempt. */
  async end(ending: Ending = {}): Promise<void> {
    this.#state ??= this.#hooks.state?.(this.#context);
    const context: SettledContext = Object.assign(Object.create(this.#context), {
      answer: null,
      trace: traceRecord({
        attempts: ending.attempts ?? this.#attempts,
        steps: ending.steps ?? [],
        usage: ending.usage ?? null,
        outcome: ending.outcome ?? 'complete',
      }),
    });
    await this.#hooks.settled?.(context, this.#state);
  }
}

/** The plugin with services changed for a test, for a whole gateway. */
export function limiterWith(change: (services: LimiterServices) => LimiterServices): AnyPlugin {
  return definePlugin<TokenLimiterOptions, keyof LimiterServices, unknown>({
    ...(tokenLimiter as AnyPlugin),
    needs: tokenLimiter.needs,
    streamMode: undefined,
    setup: (options, services, info) =>
      tokenLimiter.setup(options, change(services), info) as RequestHooks<unknown>,
  });
}
