import { jsonTextFrom } from '../../../core/body/json-text.ts';
import { RequestBody } from '../../../core/body/request-body.ts';
import { chatDialect } from '../../../core/dialects/chat/dialect.ts';
import type {
  AttemptContext,
  AttemptDecision,
  Identity,
  Outcome,
  RequestContext,
  RequestDecision,
  RequestHooks,
  SettledContext,
  TraceAttempt,
  Usage,
} from '../../../sdk/index.ts';
import { traceRecord } from '../../../sdk/testing/trace.ts';
import { attempt as attemptRecord, target, usage } from './harness.ts';

/** `Hi` with the template around it: no tokenizer makes more of it. */
export const mostInput = 86;

let requests = 0;

/** An attempt under way or over, and the output limit that its provider was told. */
interface Made {
  record: TraceAttempt;
  readonly limit: number;
}

/** How much of what it may use an attempt uses: shares from 0 to 1, null for nothing, `estimated` for the gateway's count. */
export interface Used {
  readonly input: number;
  readonly output: number;
  readonly estimated: boolean;
}

/** A request whose attempts fail, run beside each other and end in any order, driven as the pipeline drives it. */
export class ManyAttempts {
  readonly body: RequestBody;
  readonly #hooks: RequestHooks<unknown>;
  readonly #identity: Identity;
  readonly #id: string;
  readonly #state: unknown;
  #tags: Readonly<Record<string, string>> = {};
  readonly #made: Made[] = [];
  over = false;

  constructor(hooks: RequestHooks<unknown>, identity: Identity, maxTokens: number | null) {
    requests += 1;
    this.#id = `req_many_${requests}`;
    this.#hooks = hooks;
    this.#identity = identity;
    const body = {
      model: 'cheap',
      messages: [{ role: 'user', content: 'Hi' }],
      ...(maxTokens === null ? undefined : { max_tokens: maxTokens }),
    };
    this.body = new RequestBody(chatDialect, jsonTextFrom(JSON.stringify(body)));
    this.#state = hooks.state?.(this.#context);
  }

  /** What was recorded of all attempts. */
  get records(): readonly TraceAttempt[] {
    return this.#made.map(({ record }) => record);
  }

  get running(): readonly number[] {
    return this.#made.flatMap(({ record }) => (record.durationMs === null ? [record.number] : []));
  }

  get #context(): RequestContext {
    const { body } = this;
    return {
      requestId: this.#id,
      identity: this.#identity,
      get view() {
        return body.view;
      },
      aside: null,
      tags: this.#tags,
      verbs: [],
      headers: {},
    } as Partial<RequestContext> as RequestContext;
  }

  async start(): Promise<RequestDecision | undefined> {
    const decision = await this.#hooks.onRequest?.(this.#context, this.#state);
    if (decision?.type !== 'continue') return decision;
    this.#tags = { ...this.#tags, ...decision.tags };
    if (decision.changes !== undefined) this.body.change(decision.changes);
    return decision;
  }

  /** One more attempt, beside those that are under way. */
  async attempt(id: string, plan: readonly string[]): Promise<AttemptDecision | undefined> {
    const number = this.#made.length + 1;
    const context: AttemptContext = Object.assign(Object.create(this.#context), {
      attempt: number,
      target: target(id),
      plan: { targets: plan.map(target), chain: { on: [] }, retry: { max: 0 } },
      earlier: this.records,
      hedge: this.running.length > 0,
    });
    const decision = await this.#hooks.beforeUpstream?.(context, this.#state);
    if (decision !== undefined && decision.type !== 'continue') return decision;
    const limit = decision?.changes?.maxOutputTokens ?? this.body.view.maxOutputTokens ?? 0;
    const record = attemptRecord(number, id, { durationMs: null, usage: null });
    this.#made.push({ record, limit });
    return decision;
  }

  /** An attempt under way is over. */
  finish(number: number, used: Used | null): void {
    const made = this.#made[number - 1]!;
    const counted: Usage | null =
      used === null
        ? null
        : usage(Math.floor(mostInput * used.input), Math.floor(made.limit * used.output), {
            estimated: used.estimated,
          });
    made.record = { ...made.record, durationMs: 10, usage: counted, failure: 'timeout' };
  }

  async end(outcome: Outcome): Promise<void> {
    this.over = true;
    const context: SettledContext = Object.assign(Object.create(this.#context), {
      answer: null,
      trace: traceRecord({ attempts: [...this.records], steps: [], usage: null, outcome }),
    });
    await this.#hooks.settled?.(context, this.#state);
  }
}
