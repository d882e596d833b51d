import type { Completions } from '../../sdk/completions.ts';
import {
  type Clock,
  type Constraint,
  GatewayError,
  type Models,
  type RequestContext,
} from '../../sdk/index.ts';
import { TextCache } from '../../sdk/text-cache.ts';
import { clipped, Labels, question } from './labels.ts';
import type { ClassifierOptions } from './options.ts';
import { Rest } from './rest.ts';

/** What the plugin works with. */
export interface ClassifierServices {
  readonly clock: Clock;
  readonly completions: Completions;
  readonly models: Models;
}

/** What came out for one request. */
export interface Verdict {
  readonly label: string;
  readonly source: 'model' | 'cache' | 'fallback';
  /** Why it is the fallback; null where it is not. */
  readonly why: string | null;
  /** The target that was asked, what it cost and how long it took; null where nothing was. */
  readonly asked: {
    readonly target: string;
    readonly costNanoUsd: number | null;
    readonly ms: number;
  } | null;
}

/** Asks the model, at most once for each request. */
export class Classifier {
  readonly #options: ClassifierOptions;
  readonly #services: ClassifierServices;
  readonly #model: string;
  readonly #labels: Labels;
  readonly #cache: TextCache<string>;
  readonly #rest: Rest;

  /** @throws Error where the model, the labels or the prompt cannot be used. */
  constructor(options: ClassifierOptions, services: ClassifierServices) {
    this.#options = options;
    this.#services = services;
    this.#model = modelOf(options, services.models);
    this.#labels = new Labels(options.labels, options.prompt);
    this.#cache = new TextCache(options.cache.ttl, options.cache.max_entries);
    this.#rest = new Rest(options.rest_after, options.rest);
  }

  /** The label of the last user message; at once where it is known or nothing can be asked. */
  judge(ctx: RequestContext): Verdict | Promise<Verdict> {
    const { identity, view } = ctx;
    const text = clipped(view.lastUser, this.#options.max_chars);
    if (text.trim() === '') return this.#fallback('the request has no text of a user');
    const nowMs = this.#services.clock.monotonic();
    const key = TextCache.key(identity.tenant.id, text);
    const known = this.#cache.get(key, nowMs);
    if (known !== null) return { label: known, source: 'cache', why: null, asked: null };
    const only = this.#onlyFor(identity.tenant.region);
    if (only === null) {
      return this.#fallback(`${this.#model} has no target in the tenant's region, ${identity.tenant.region}`);
    }
    if (!this.#rest.mayAsk(nowMs)) return this.#fallback(`${this.#model} failed too often and is left alone`);
    return this.#ask(ctx, text, key, only, nowMs);
  }

  async #ask(
    ctx: RequestContext,
    text: string,
    key: string,
    only: Constraint,
    startedMs: number,
  ): Promise<Verdict> {
    const { clock, completions } = this.#services;
    const { timeout, max_output_tokens: maxOutputTokens } = this.#options;
    const patience = new AbortController();
    const late = new Error(`no answer within ${timeout} ms`);
    const cancel = clock.after(timeout, () => patience.abort(late));
    try {
      const {
        text: answer,
        target,
        costNanoUsd,
      } = await completions.complete({
        model: this.#model,
        only,
        messages: [
          { role: 'system', text: this.#labels.prompt },
          { role: 'user', text: question(text) },
        ],
        maxOutputTokens,
        temperature: 0,
        purpose: 'classifier',
        requestId: ctx.requestId,
        signal: AbortSignal.any([ctx.signal, patience.signal]),
      });
      const nowMs = clock.monotonic();
      const asked = { target, costNanoUsd, ms: Math.round(nowMs - startedMs) };
      const label = this.#labels.read(answer);
      if (label === null) {
        this.#rest.failed(nowMs);
        return { ...this.#fallback('the answer names none of the labels, or several'), asked };
      }
      this.#rest.succeeded();
      this.#cache.set(key, label, nowMs);
      return { label, source: 'model', why: null, asked };
    } catch (error) {
      // A client that goes away says nothing about the model.
      if (!ctx.signal.aborted) this.#rest.failed(clock.monotonic());
      return this.#fallback(patience.signal.aborted ? late.message : reasonOf(error));
    } finally {
      cancel();
    }
  }

  #fallback(why: string): Verdict {
    return { label: this.#options.fallback, source: 'fallback', why, asked: null };
  }

  /** Where texts of a tenant may go; null where the model is nowhere there. */
  #onlyFor(region: string): Constraint | null {
    if (!this.#options.keep_region || region === '') return {};
    const targets = this.#services.models.resolve(this.#model) ?? [];
    return targets.some((target) => target.region === region) ? { region: [region] } : null;
  }
}

/** Errors of our own say what it was; anything else may hold text of the request. */
function reasonOf(error: unknown): string {
  return error instanceof GatewayError
    ? `the model could not be asked (${error.code})`
    : 'the model could not be asked';
}

function modelOf({ model }: ClassifierOptions, models: Models): string {
  if (model === undefined) {
    const mini = models.aliases.find((alias) => models.tier(alias) === 'mini');
    if (mini !== undefined) return mini;
    throw new Error('model: no alias of the configuration is of tier mini; say which model is to be asked');
  }
  if (models.resolve(model) !== undefined) return model;
  const nearest = models.nearest(model);
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  throw new Error(`model: "${model}" is no alias and no provider/model of the configuration${hint}`);
}
