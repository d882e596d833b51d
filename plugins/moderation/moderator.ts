import { type Clock, type Deny, GatewayError, type RequestContext } from '../../sdk/index.ts';
import { TextCache } from '../../sdk/text-cache.ts';
import type { Judge } from './judges.ts';
import type { ModerationOptions, Stage } from './options.ts';
import { type Question, questionsOf } from './questions.ts';

/** Something is refused, or tagged, or nothing is wrong with it. */
export interface Judgement {
  readonly categories: readonly string[];
  readonly asked: number;
}

/** Judges texts, each once. */
export class Moderator {
  readonly #options: ModerationOptions;
  readonly #judge: Judge;
  readonly #clock: Clock;
  readonly #cache: TextCache<readonly string[]>;
  readonly #denied: ReadonlySet<string>;

  /** @throws Error where `deny` names what is no category. */
  constructor(options: ModerationOptions, judge: Judge, clock: Clock) {
    const names = [...Object.keys(options.categories), 'flagged'];
    const unknown =
      options.webhook === undefined ? options.deny?.find((name) => !names.includes(name)) : undefined;
    if (unknown !== undefined) {
      throw new Error(`deny: "${unknown}" is none of the categories: ${names.join(', ')}`);
    }
    this.#options = options;
    this.#judge = judge;
    this.#clock = clock;
    this.#cache = new TextCache(options.cache.ttl, options.cache.max_entries);
    this.#denied = new Set(options.deny);
  }

  /** True for a category that refuses. */
  denies(category: string): boolean {
    return this.#options.deny === undefined || this.#denied.has(category);
  }

  /** @throws Error without a word of the texts, where there is no judgement. */
  async judge(ctx: RequestContext, stage: Stage, texts: readonly string[]): Promise<Judgement> {
    const nowMs = this.#clock.monotonic();
    const found = new Set<string>();
    const open: string[] = [];
    for (const text of new Set(texts)) {
      if (text.trim() === '') continue;
      const known = this.#cache.get(TextCache.key(ctx.identity.tenant.id, text), nowMs);
      if (known === null) open.push(text);
      else for (const category of known) found.add(category);
    }
    const questions = this.#refused(found) ? [] : questionsOf(open, this.#options.max_chars);
    if (questions.length > this.#options.max_questions) {
      throw new Error(
        `the texts need ${questions.length} questions; expected at most ${this.#options.max_questions} (max_questions)`,
      );
    }
    const answers = await Promise.all(questions.map((question) => this.#ask(ctx, stage, question)));
    const came = new Set(answers.flat());
    for (const category of came) found.add(category);
    // Of several texts nobody knows which one it was: only what is clean is known of each.
    if (came.size === 0 || open.length === 1) {
      for (const text of questions.length === 0 ? [] : open) {
        this.#cache.set(TextCache.key(ctx.identity.tenant.id, text), [...came], nowMs);
      }
    }
    return { categories: [...found], asked: questions.length };
  }

  /** The refusal of what falls under some categories; undefined where none of them refuses. */
  refusal(stage: Stage, categories: readonly string[]): Deny | undefined {
    const denied = categories.filter((category) => this.denies(category));
    if (denied.length === 0) return undefined;
    const what = stage === 'request' ? 'The request' : 'The answer';
    return {
      type: 'deny',
      status: 403,
      code: 'content_flagged',
      message: `${what} was refused by moderation: ${denied.join(', ')}.`,
      reason: denied.join(', '),
      tags: { moderation: categories.join(',') },
    };
  }

  #refused(categories: ReadonlySet<string>): boolean {
    for (const category of categories) if (this.denies(category)) return true;
    return false;
  }

  async #ask(ctx: RequestContext, stage: Stage, question: Question): Promise<readonly string[]> {
    const { timeout } = this.#options;
    const patience = new AbortController();
    const late = new Error(`no judgement within ${timeout} ms`);
    const cancel = this.#clock.after(timeout, () => patience.abort(late));
    try {
      const signal = AbortSignal.any([ctx.signal, patience.signal]);
      return this.#known(await this.#judge.judge(ctx, stage, question, signal));
    } catch (error) {
      if (patience.signal.aborted) throw late;
      // Errors of our own say what it was; a provider's may hold text of the request.
      if (error instanceof GatewayError) throw new Error(`the model could not be asked (${error.code})`);
      throw error;
    } finally {
      cancel();
    }
  }

  /** A model's names are those of the file; a webhook may have its own. They become tags: only plain ones. */
  #known(categories: readonly string[]): readonly string[] {
    const { categories: names, webhook } = this.#options;
    for (const category of categories) {
      if (
        webhook === undefined
          ? !Object.hasOwn(names, category) && category !== 'flagged'
          : !/^[\w/.-]{1,64}$/.test(category)
      ) {
        throw new Error('the judgement names a category that is none');
      }
    }
    return categories;
  }
}
