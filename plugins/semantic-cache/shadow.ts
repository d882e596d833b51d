import type { Clock, Completions, Log, Random, RequestContext } from '../../sdk/index.ts';
import type { BookKeeper } from './book-keeper.ts';
import type { Candidate } from './candidates.ts';
import type { Check, Checks } from './checks.ts';
import type { EntryBook, EntryName } from './entry-book.ts';
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

/** An entry, and how near it was to the prompt. */
export interface Scored extends EntryName {
  readonly score: number;
}

/** What is compared, and what for. */
export interface Comparison {
  readonly prompt: string;
  readonly cached: string;
  readonly fresh: string;
  readonly entry: Candidate;
  /** Whether it says something of all that is served: not where only this entry was held back. */
  readonly counts: boolean;
}

export interface ShadowParts {
  readonly judge: Judge;
  readonly keeper: BookKeeper;
  /** Null where thresholds are those of all. */
  readonly entries: EntryBook | null;
  readonly checks: Checks;
  readonly counts: Tally;
}

/** Measures how many semantic hits are wrong: asks upstream what the cache answered, and compares. */
export class Shadow {
  readonly #options: ShadowOptions;
  readonly #services: ShadowServices;
  readonly #parts: ShadowParts;
  #running = 0;

  constructor(options: ShadowOptions, services: ShadowServices, parts: ShadowParts) {
    this.#options = options;
    this.#services = services;
    this.#parts = parts;
  }

  /** Checks under way. */
  get running(): number {
    return this.#running;
  }

  /** A semantic hit is about to be served. Some of them are checked; nothing here is waited for. */
  served(ctx: RequestContext, prompt: string, cached: string, entry: Candidate): void {
    const { share } = this.#options;
    const { counts } = this.#parts;
    if (share === 0 || this.#services.random.next() >= share) return;
    if (!askable(ctx)) return counts.add('shadow-not-askable');
    if (this.#running >= maxAtOnce) return counts.add('shadow-too-many');
    void this.#run(ctx, { prompt, cached, entry, counts: true }, null);
  }

  /** It was not served: what would have been is compared with what the provider answered. */
  withheld(ctx: RequestContext, comparison: Comparison): void {
    if (this.#running < maxAtOnce) void this.#run(ctx, comparison, comparison.fresh);
    else this.#parts.counts.add('shadow-too-many');
  }

  /** A client found an answer wrong that it got by meaning. */
  async complained(requestId: string, tenant: string, alias: string, entry: Scored): Promise<void> {
    const nowMs = this.#services.clock.now();
    const check = { requestId, tenant, alias, about: 'feedback' as const, endedAtMs: nowMs, durationMs: 0 };
    this.#parts.checks.add({ ...check, result: 'wrong' });
    await this.#found(tenant, alias, entry, true, true);
  }

  async #found(tenant: string, alias: string, entry: Scored, counts: boolean, wrong: boolean): Promise<void> {
    this.#parts.counts.add(wrong ? 'checked-wrong' : 'checked-right');
    if (entry.requestId !== '') void this.#parts.entries?.record(entry, entry.score, !wrong);
    if (!counts) return;
    const step = await this.#parts.keeper.record(tenant, alias, wrong);
    if (step === null) return;
    const log = step === 'lowered' ? this.#services.log.info : this.#services.log.warn;
    log.call(this.#services.log, { tenant, alias, step }, messages[step]);
  }

  async #run(
    ctx: RequestContext,
    { prompt, cached, entry, counts }: Omit<Comparison, 'fresh'>,
    known: string | null,
  ): Promise<void> {
    const { clock, log } = this.#services;
    const { view, identity, requestId } = ctx;
    const tenant = identity.tenant.id;
    const alias = view.model;
    const beganMs = clock.monotonic();
    const end = (result: Check['result']) => {
      const about = known === null ? 'hit' : 'withheld';
      const durationMs = clock.monotonic() - beganMs;
      this.#parts.checks.add({ requestId, tenant, alias, about, result, endedAtMs: clock.now(), durationMs });
    };
    this.#running += 1;
    try {
      const same = await within(clock, timeLimitMs, null, async (signal) => {
        const fresh = known ?? (await this.#ask(ctx, signal));
        return fresh === '' ? null : this.#parts.judge.agrees(ctx, { prompt, cached, fresh }, signal);
      });
      end(same === null ? 'undecided' : same ? 'right' : 'wrong');
      // Most checks end after their request, so who looks at the request finds it by this line.
      if (same === false)
        log.info({ request_id: requestId, tenant, alias }, 'a check found an answer of the cache wrong');
      if (same === null) this.#parts.counts.add('shadow-undecided');
      else await this.#found(tenant, alias, entry, counts, !same);
    } catch (error) {
      end('failed');
      this.#parts.counts.add('shadow-failed');
      log.debug(
        { request_id: requestId, alias, error: error instanceof Error ? error.name : 'unknown' },
        'a shadow check failed',
      );
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
