import type {
  JsonPointer,
  OtherView,
  RequestContext,
  RequestDecision,
  RequestView,
  TextView,
} from '../../sdk/index.ts';
import { redactArguments } from './json-redactor.ts';
import { maxPseudonymChars } from './pseudonyms.ts';
import { redactSlowly, redactText } from './redactor.ts';
import type { Replacer } from './replacer.ts';
import { isDataUrl, readUnreadable } from './unreadable.ts';

/** Work in steps, with a turn of the event loop between them. */
type Steps<Result> = Generator<void, Result>;

const reserveChars = 128 * 1024;

/** What decides about content that nobody here can read. */
export interface UnreadableOptions {
  readonly media: 'pass' | 'refuse';
  readonly token_arrays: 'pass' | 'refuse';
}

/** Redacts one request: every text that a provider would read, then everything else in the body that could say something. */
export class RequestRedaction {
  readonly #view: RequestView;
  readonly #replacer: Replacer;
  readonly #texts: Record<JsonPointer, string> = {};
  #changed = false;
  /** Kinds found in members' names, which no change reaches. */
  #inName = '';
  /** Characters that were looked through since others had a turn. */
  #sinceTurn = 0;

  constructor({ view }: RequestContext, replacer: Replacer) {
    this.#view = view;
    this.#replacer = replacer;
  }

  /**
   * Long requests are looked through in slices, with a turn of the event loop between them: nobody else waits for more
   * than one of them.
   */
  decide(options: UnreadableOptions): RequestDecision | undefined | Promise<RequestDecision | undefined> {
    const steps = this.#steps(options);
    const first = steps.next();
    return first.done === true ? first.value : this.#goOn(steps);
  }

  async #goOn(steps: Steps<RequestDecision | undefined>): Promise<RequestDecision | undefined> {
    for (;;) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      const next = steps.next();
      if (next.done === true) return next.value;
    }
  }

  *#steps(options: UnreadableOptions): Steps<RequestDecision | undefined> {
    const view = this.#view;
    const { tally, blocked, settings } = this.#replacer;
    if (options.token_arrays === 'refuse' && hasTokens(view)) {
      return refused('an array of tokens, which cannot be examined: send the text instead');
    }
    const { others } = view;
    if (options.media === 'refuse' && (view.imageCount > 0 || others.some(isMedia))) {
      return refused('an image, sound, document or file, which cannot be examined: send text only');
    }
    if ([...settings.actions.values()].some((action) => action === 'restore' || action === 'pseudonymise')) {
      for (const { text } of view.texts) yield* this.#reserve(text);
      for (const { text } of others) yield* this.#reserve(text);
    }
    for (const text of view.texts) {
      yield* this.#readText(text);
      yield* this.#pause(text.text.length);
    }
    if (settings.places.has('request')) {
      const signed = signedOf(others);
      for (const other of others) {
        yield* this.#readOther(other, signed);
        yield* this.#pause(other.text.length);
      }
    }
    if (tally.size === 0) return undefined;
    const tags: Record<string, string> = {};
    for (const [name, count] of tally.counts) tags[`pii.${name}`] = String(count);
    const found = { details: { found: Object.fromEntries(tally.counts) }, tags };
    if (blocked.size > 0) {
      return {
        ...refused(`${blocked}, which may not be sent: take it out`),
        ...found,
      };
    }
    if (this.#inName !== '') {
      return {
        ...refused(
          `${this.#inName} in the name of a member of the body, where it cannot be replaced: put it into a value`,
        ),
        ...found,
      };
    }
    return {
      type: 'continue',
      ...found,
      ...(this.#changed ? { changes: { texts: this.#texts } } : undefined),
    };
  }

  *#readText({ pointer, role, text }: TextView): Steps<void> {
    const { settings } = this.#replacer;
    const isCall = role === 'assistant' && isCallPointer(this.#view, pointer);
    if (!settings.places.has(role === 'tool' || isCall ? 'tools' : 'request')) return;
    let now: string;
    if (isCall && pointer.includes('/input/')) now = yield* this.#withName(pointer, text);
    else if (isCall && pointer.endsWith('arguments')) now = yield* this.#arguments(text);
    else now = yield* redactSlowly(text, settings.finder, this.#replacer, 0);
    this.#write(pointer, text, now);
  }

  *#readOther({ pointer, kind, text }: OtherView, signed: ReadonlySet<JsonPointer>): Steps<void> {
    const { settings } = this.#replacer;
    const name = lastToken(pointer);
    if (kind === 'name') {
      const before = this.#replacer.tally.size;
      if (
        redactText(text, settings.finder, this.#replacer) !== text ||
        before !== this.#replacer.tally.size
      ) {
        this.#inName = this.#replacer.tally.toString();
      }
      return;
    }
    // The vendor that signed a thought takes it back as it wrote it, and no other vendor gets it.
    if (signed.has(pointer) || (yield* readUnreadable(name, text))) return;
    if (kind === 'text' && name === 'arguments')
      return this.#write(pointer, text, yield* this.#arguments(text));
    const now = yield* this.#withName(pointer, text);
    // Names and ids have an alphabet without brackets.
    const isId = name === 'name' || name === 'id' || name.endsWith('_id');
    this.#write(pointer, text, isId ? now.replace(/[<>[\]]/g, '') : now);
  }

  #arguments(text: string): Steps<string> {
    return redactArguments(text, this.#replacer.settings.finder, this.#replacer);
  }

  /** Redacts a value with its member's name before it, which may say what it is: `"password": "…"`. */
  *#withName(pointer: JsonPointer, text: string): Steps<string> {
    const name = lastToken(pointer);
    const lead = /^[A-Za-z][\w-]{1,40}$/.test(name) ? `${name}: ` : '';
    const from = lead === '' ? 0 : lead.length - 2;
    const now = yield* redactSlowly(`${lead}${text}`, this.#replacer.settings.finder, this.#replacer, from);
    return lead === '' ? now : now.slice(2);
  }

  /** Takes note of the pseudonyms that the request has itself. */
  *#reserve(text: string): Steps<void> {
    const { names } = this.#replacer;
    for (let at = 0; at < text.length; at += reserveChars) {
      names.reserve([text.slice(at, at + reserveChars + maxPseudonymChars)]);
      // Looking for brackets costs a tenth of looking for all.
      yield* this.#pause(Math.min(reserveChars, text.length - at) / 10);
    }
  }

  /** Gives others a turn once enough was looked through. */
  *#pause(chars: number): Steps<void> {
    this.#sinceTurn += chars;
    if (this.#sinceTurn < this.#replacer.settings.finder.sliceChars) return;
    this.#sinceTurn = 0;
    yield;
  }

  #write(pointer: JsonPointer, before: string, after: string): void {
    if (after === before) return;
    this.#texts[pointer] = after;
    this.#changed = true;
  }
}

function refused(what: string): RequestDecision & { readonly type: 'deny' } {
  return { type: 'deny', status: 403, code: 'policy_denied', message: `The request holds ${what}.` };
}

function lastToken(pointer: JsonPointer): string {
  return pointer
    .slice(pointer.lastIndexOf('/') + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}

/** True for the arguments of a call that the model made. */
function isCallPointer({ api }: RequestView, pointer: JsonPointer): boolean {
  if (api === 'messages' || api === 'count_tokens')
    return /^\/messages\/\d+\/content\/\d+\/input(?:\/|$)/.test(pointer);
  return (
    pointer.endsWith('/arguments') ||
    pointer.endsWith('/custom/input') ||
    /^\/input\/\d+\/input$/.test(pointer)
  );
}

/** Thoughts whose block is signed. */
function signedOf(others: readonly OtherView[]): ReadonlySet<JsonPointer> {
  const signed = new Set<JsonPointer>();
  for (const { pointer, kind } of others) {
    if (kind !== 'text' || !pointer.endsWith('/signature')) continue;
    const block = pointer.slice(0, -'/signature'.length);
    signed.add(`${block}/thinking`).add(`${block}/text`).add(pointer);
  }
  return signed;
}

/** True where a completion or embedding is asked for tokens in place of text. */
function hasTokens(view: RequestView): boolean {
  if (view.api !== 'completions' && view.api !== 'embeddings') return false;
  let characters = 0;
  for (const { text } of view.texts) characters += text.length;
  return view.inputTokens > Math.ceil(characters / 4);
}

function isMedia({ pointer, kind, text }: OtherView): boolean {
  if (kind !== 'text') return false;
  return (
    isDataUrl(text) || /\/(?:image_url|file_url|file_id|file_data|input_audio|source)(?:\/|$)/.test(pointer)
  );
}
