import type { Clock, Completions, Log, Random, RequestContext } from '../../sdk/index.ts';
import type { ErrorBook } from './error-book.ts';
import type { Judge } from './judge.ts';
import type { ShadowOptions } from './options.ts';
import type { Tally } from './tally.ts';
import { within } from './within.ts';

const timeLimitMs = 60_000;
const defaultMaxOutputTokens = 4096;
/** More at once is a burst that the providers need not feel. */
const maxAtOnce = 8;

export interface ShadowServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly completions: Completions;
}

/** Measures how many semantic hits are wrong: asks upstream what the cache answered, and compares. */
export class Shadow {
  readonly #options: ShadowOptions;
  readonly #services: ShadowServices;
  readonly #judge: Judge;
  readonly #book: ErrorBook;
  readonly #counts: Tally;
  #running = 0;

  constructor(
    options: ShadowOptions,
    services: ShadowServices,
    judge: Judge,
    book: ErrorBook,
    counts: Tally,
  ) {
    this.#options = options;
    this.#services = services;
    this.#judge = judge;
    this.#book = book;
    this.#counts = counts;
  }

  /** A semantic hit is about to be served. Some of them are checked; nothing here is waited for. */
  served(ctx: RequestContext, prompt: string, cached: string): void {
    const { share } = this.#options;
    if (share === 0 || this.#services.random.next() >= share) return;
    if (!askable(ctx)) return this.#counts.add('shadow-not-askable');
    if (this.#running >= maxAtOnce) return this.#counts.add('shadow-too-many');
    void this.#run(ctx, prompt, cached, null);
  }

  /** Nothing is served to the group: what would have been is compared with what the provider answered. */
  withheld(ctx: RequestContext, prompt: string, cached: string, fresh: string): void {
    if (this.#running < maxAtOnce) void this.#run(ctx, prompt, cached, fresh);
  }

  /** A hit was wrong, or right, as somebody found out. */
  found(tenant: string, alias: string, wrong: boolean): void {
    this.#counts.add(wrong ? 'checked-wrong' : 'checked-right');
    const step = this.#book.record(tenant, alias, wrong);
    if (step === null) return;
    const log = step === 'lowered' ? this.#services.log.info : this.#services.log.warn;
    log.call(this.#services.log, { tenant, alias, step }, messages[step]);
  }

  async #run(ctx: RequestContext, prompt: string, cached: string, known: string | null): Promise<void> {
    const { clock, log } = this.#services;
    const { view, identity } = ctx;
    const tenant = identity.tenant.id;
    const alias = view.model;
    this.#running += 1;
    try {
      const same = await within(clock, timeLimitMs, null, async (signal) => {
        const fresh = known ?? (await this.#ask(ctx, signal));
        return fresh === '' ? null : this.#judge.agrees(ctx, { prompt, cached, fresh }, signal);
      });
      if (same === null) this.#counts.add('shadow-undecided');
      else this.found(tenant, alias, !same);
    } catch (error) {
      this.#counts.add('shadow-failed');
      log.debug({ alias, error: error instanceof Error ? error.name : 'unknown' }, 'a shadow check failed');
    } finally {
      this.#running -= 1;
    }
  }

  /** Must be called while the request is under way, before anything is awaited. */
  async #ask({ view, requestId }: RequestContext, signal: AbortSignal): Promise<string> {
    const { temperature } = view.params;
    const { text } = await this.#services.completions.complete({
      model: view.model,
      messages: view.messages.map(({ role, text: said }) => ({
        role: role === 'tool' ? 'user' : role,
        text: said,
      })),
      maxOutputTokens: view.maxOutputTokens ?? defaultMaxOutputTokens,
      ...(typeof temperature === 'number' ? { temperature } : undefined),
      purpose: 'cache-shadow',
      requestId,
      signal,
    });
    return text;
  }
}

const messages = {
  raised: 'the semantic cache served too many wrong answers: its floor was raised',
  stopped: 'the semantic cache served too many wrong answers: it serves none of these any more',
  lowered: 'the semantic cache keeps its target again: its floor was lowered',
} as const;

/** A conversation of plain texts can be asked again through `completions` and mean the same. */
function askable({ view }: RequestContext): boolean {
  return (
    view.api !== 'completions' &&
    view.imageCount === 0 &&
    view.tools.length === 0 &&
    !view.wantsJson &&
    view.messages.every(({ role }) => role !== 'tool')
  );
}
