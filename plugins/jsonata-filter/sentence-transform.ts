import type {
  Chunk,
  ChunkTransform,
  JsonObject,
  MaybePromise,
  PassedDecision,
  ResponseContext,
} from '../../sdk/index.ts';
import { type Filter, factsOf } from './filters.ts';
import { beside } from './kinds.ts';
import type { FilterRunner, FilterState } from './runner.ts';
import { type Piece, Sentences } from './sentences.ts';

type Emit = (chunk: Chunk) => void;

/** What is known of one choice of an answer. */
interface ChoiceText {
  readonly sentences: Sentences;
  /** A filter refused a sentence: nothing of the choice comes after it. */
  stopped: boolean;
}

/**
 * Passes the text of an answer through filters, sentence by sentence. Each choice is for itself. What filters refuse ends
 * its choice with `content_filter`; what they say in tags is said when the answer has passed.
 */
export class SentenceTransform implements ChunkTransform {
  readonly holdBackChars: number;
  readonly #runner: FilterRunner;
  readonly #ctx: ResponseContext;
  readonly #state: FilterState;
  readonly #choices = new Map<number, ChoiceText>();
  #facts: JsonObject | null = null;
  readonly #tags: Record<string, string> = {};
  readonly #blockedBy = new Set<string>();
  /** Text that was taken in and has not come out, by choice: what `release` gives back. */
  readonly #held = new Map<number, string>();
  /** What waits for the text before it. */
  #behind: Chunk | null = null;

  /** @param maxSentenceChars see `Sentences`. */
  constructor(runner: FilterRunner, ctx: ResponseContext, state: FilterState, maxSentenceChars: number) {
    this.#runner = runner;
    this.#ctx = ctx;
    this.#state = state;
    this.holdBackChars = maxSentenceChars;
  }

  push(chunk: Chunk, emit: Emit): MaybePromise<void> {
    switch (chunk.type) {
      case 'text': {
        const choice = this.#choice(chunk.choice);
        if (choice.stopped) return;
        this.#held.set(chunk.choice, (this.#held.get(chunk.choice) ?? '') + chunk.text);
        return this.#pass(chunk.choice, choice, choice.sentences.push(chunk.text), emit);
      }
      case 'usage':
        return emit(chunk);
      case 'opaque':
        if (beside(chunk)) return emit(chunk);
        return this.#after(this.#endAll(emit), chunk, emit);
      default:
        return this.#after(this.#endChoice(chunk.choice, emit), chunk, emit);
    }
  }

  end(emit: Emit): MaybePromise<PassedDecision | undefined> {
    const ended = this.#endAll(emit);
    return ended === undefined ? this.#said() : ended.then(() => this.#said());
  }

  release(emit: Emit): void {
    for (const [choice, text] of this.#held) if (text !== '') emit({ type: 'text', choice, text });
    this.#held.clear();
    if (this.#behind !== null) emit(this.#behind);
  }

  #after(late: Promise<void> | undefined, chunk: Chunk, emit: Emit): MaybePromise<void> {
    if (late !== undefined) this.#behind = chunk;
    const pass = () => {
      this.#behind = null;
      const choice = 'choice' in chunk ? this.#choices.get(chunk.choice) : undefined;
      if (choice?.stopped !== true) emit(chunk);
      else if (chunk.type === 'finish')
        emit({ type: 'finish', choice: chunk.choice, reason: 'content_filter' });
    };
    return late === undefined ? pass() : late.then(pass);
  }

  #choice(index: number): ChoiceText {
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      choice = { sentences: new Sentences(this.holdBackChars), stopped: false };
      this.#choices.set(index, choice);
    }
    return choice;
  }

  #endChoice(index: number, emit: Emit): Promise<void> | undefined {
    const choice = this.#choices.get(index);
    if (choice === undefined || choice.stopped) return undefined;
    return this.#pass(index, choice, choice.sentences.end(), emit);
  }

  #endAll(emit: Emit): Promise<void> | undefined {
    let late: Promise<void> | undefined;
    for (const index of this.#choices.keys()) {
      late =
        late === undefined ? this.#endChoice(index, emit) : late.then(() => this.#endChoice(index, emit));
    }
    return late;
  }

  #pass(index: number, choice: ChoiceText, pieces: readonly Piece[], emit: Emit): Promise<void> | undefined {
    if (pieces.length === 0) return undefined;
    if (pieces.some(({ isSentence }) => isSentence)) return this.#filter(index, choice, pieces, emit);
    this.#out(index, pieces, pieces.map(({ text }) => text).join(''), emit);
    return undefined;
  }

  async #filter(index: number, choice: ChoiceText, pieces: readonly Piece[], emit: Emit): Promise<void> {
    await this.#runner.conditions(this.#ctx, this.#state);
    this.#facts ??= factsOf(this.#ctx);
    const texts = pieces.map(({ text }) => text);
    let until = pieces.length;
    for (const filter of this.#runner.applying('sentence', this.#state)) {
      const own = pieces
        .map((_, place) => place)
        .filter((place) => pieces[place]!.isSentence && place < until);
      const results = await this.#runner.run(
        filter,
        this.#facts,
        own.map((place) => ({ text: texts[place]!, choice: index })),
      );
      for (const [nth, { text, block, tags }] of results.entries()) {
        const place = own[nth]!;
        if (tags !== undefined) Object.assign(this.#tags, tags);
        if (text !== undefined) texts[place] = text;
        if (block === undefined) continue;
        this.#note(filter);
        until = place;
        break;
      }
    }
    if (until < pieces.length) choice.stopped = true;
    this.#out(index, pieces, texts.slice(0, until).join(''), emit);
  }

  #out(index: number, pieces: readonly Piece[], text: string, emit: Emit): void {
    const taken = pieces.reduce((chars, piece) => chars + piece.text.length, 0);
    this.#held.set(index, (this.#held.get(index) ?? '').slice(taken));
    if (text !== '') emit({ type: 'text', choice: index, text });
  }

  #note({ name }: Filter): void {
    this.#blockedBy.add(name);
  }

  #said(): PassedDecision | undefined {
    const blocked = [...this.#blockedBy];
    if (blocked.length === 0 && Object.keys(this.#tags).length === 0) return undefined;
    return {
      type: 'continue',
      tags: { ...this.#tags, ...(blocked.length > 0 ? { output_blocked: blocked.join(',') } : undefined) },
      ...(blocked.length > 0 ? { reason: `blocked by ${blocked.join(', ')}` } : undefined),
    };
  }
}
