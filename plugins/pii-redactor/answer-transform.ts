import type { Chunk, ChunkTransform, PassedDecision, ToolCallChunk } from '../../sdk/index.ts';
import { ArgumentsRedactor } from './json-redactor.ts';
import { redactOpaque } from './opaque.ts';
import { type FinderSource, type Redactor, TextRedactor } from './redactor.ts';
import type { Replacer } from './replacer.ts';

type Emit = (chunk: Chunk) => void;
type TextType = 'text' | 'reasoning' | 'refusal';

/** What is known of one choice of an answer. */
class ChoiceText {
  readonly index: number;
  /** The text that is under way, and what it is; null before the first and after the end of each. */
  redactor: Redactor | null = null;
  type: TextType = 'text';
  readonly calls = new Map<number, Redactor>();
  /** True once something was found that ends the choice. */
  stopped = false;

  constructor(index: number) {
    this.index = index;
  }
}

/**
 * Redacts an answer while it passes and puts back what pseudonyms stand for: texts, refusals, reasoning, and the
 * arguments of tool calls, each choice for itself. A find that is cut in two by a block of another kind is none.
 *
 * What is blocked ends its choice: nothing of it comes after, and its end says `content_filter`.
 */
export class AnswerTransform implements ChunkTransform {
  readonly holdBackChars: number;
  readonly #replacer: Replacer;
  readonly #reasoning: boolean;
  readonly #answerFinder: FinderSource;
  readonly #toolsFinder: FinderSource;
  readonly #choices = new Map<number, ChoiceText>();

  /** @param reasoning whether reasoning is treated as well. */
  constructor(replacer: Replacer, reasoning: boolean) {
    const { settings, names } = replacer;
    this.holdBackChars = settings.holdBackChars;
    this.#replacer = replacer;
    this.#reasoning = reasoning;
    this.#answerFinder = () => settings.answerFinder('answer', names);
    this.#toolsFinder = () => settings.answerFinder('tools', names);
  }

  push(chunk: Chunk, emit: Emit): void {
    switch (chunk.type) {
      case 'text':
      case 'refusal':
      case 'reasoning':
        return this.#pushText(chunk, emit);
      case 'tool_call':
        return this.#pushCall(chunk, emit);
      case 'seal': {
        const choice = this.#choice(chunk.choice);
        this.#endText(choice, emit);
        return choice.stopped ? undefined : emit(chunk);
      }
      case 'finish': {
        const choice = this.#choice(chunk.choice);
        this.#endChoice(choice, emit);
        return emit(
          choice.stopped ? { type: 'finish', choice: chunk.choice, reason: 'content_filter' } : chunk,
        );
      }
      case 'opaque':
        // Fields and notes of a text that goes on; anything else is a block of its own.
        if (!isBeside(chunk)) for (const choice of this.#choices.values()) this.#endText(choice, emit);
        return emit(redactOpaque(chunk, this.#answerFinder(), this.#replacer));
      default:
        return emit(chunk);
    }
  }

  /** Says how many of each kind were in the answer, and how many names were put back. */
  end(emit: Emit): PassedDecision | undefined {
    for (const choice of this.#choices.values()) this.#endChoice(choice, emit);
    const { tally, restored } = this.#replacer;
    if (tally.size === 0 && restored === 0) return undefined;
    const tags: Record<string, string> = {};
    for (const [name, count] of tally.counts) tags[`pii.answer.${name}`] = String(count);
    const found = Object.fromEntries(tally.counts);
    return { type: 'continue', tags, details: { found, restored } };
  }

  #pushText(chunk: Chunk & { readonly type: TextType }, emit: Emit): void {
    const choice = this.#choice(chunk.choice);
    if (choice.stopped) return;
    if (choice.type !== chunk.type) {
      this.#endText(choice, emit);
      choice.type = chunk.type;
    }
    if (choice.stopped) return;
    if (chunk.type === 'reasoning' && !this.#reasoning) return emit(chunk);
    choice.redactor ??= new TextRedactor(this.#answerFinder, this.#replacer);
    const text = choice.redactor.push(chunk.text);
    choice.stopped ||= choice.redactor.stopped;
    if (text === chunk.text) emit(chunk);
    else if (text !== '') emit({ type: chunk.type, choice: chunk.choice, text });
  }

  #pushCall(chunk: ToolCallChunk, emit: Emit): void {
    const choice = this.#choice(chunk.choice);
    this.#endText(choice, emit);
    if (choice.stopped) return;
    let call = choice.calls.get(chunk.index);
    if (call === undefined) {
      call = new ArgumentsRedactor(this.#toolsFinder, this.#replacer);
      choice.calls.set(chunk.index, call);
    }
    const text = call.push(chunk.arguments);
    choice.stopped ||= call.stopped;
    if (text === chunk.arguments) emit(chunk);
    else if (text !== '' || chunk.id !== undefined || chunk.name !== undefined) {
      emit({ ...chunk, arguments: text });
    }
  }

  #choice(index: number): ChoiceText {
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      choice = new ChoiceText(index);
      this.#choices.set(index, choice);
    }
    return choice;
  }

  #endText(choice: ChoiceText, emit: Emit): void {
    const { redactor, type, index } = choice;
    if (redactor === null) return;
    choice.redactor = null;
    const text = redactor.end();
    choice.stopped ||= redactor.stopped;
    if (text !== '') emit({ type, choice: index, text });
  }

  #endChoice(choice: ChoiceText, emit: Emit): void {
    this.#endText(choice, emit);
    for (const [index, call] of choice.calls) {
      const text = call.end();
      const wasStopped = choice.stopped;
      choice.stopped ||= call.stopped;
      if (text !== '' && !wasStopped) {
        emit({ type: 'tool_call', choice: choice.index, index, arguments: text });
      }
    }
    choice.calls.clear();
  }
}

/** True for what belongs to a text that goes on after it: a field of its delta, an annotation, a citation. */
function isBeside({ name, value }: Chunk & { readonly type: 'opaque' }): boolean {
  if (name === 'annotations') return true;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return 'fields' in value || (value as { readonly type?: unknown }).type === 'content_block_delta';
}
