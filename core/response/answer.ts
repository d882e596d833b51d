import type { Answer, AnswerChoice, Chunk, FinishReason, ToolCall } from '../../sdk/chunk.ts';
import type { Usage } from '../../sdk/usage.ts';

/** Text of one answer is kept up to this many characters; what comes after it is counted and not kept. */
const defaultMaxChars = 16 * 1024 * 1024;

interface CallParts {
  id: string;
  name: string;
  readonly arguments: string[];
}

interface ChoiceParts {
  readonly text: string[];
  readonly reasoning: string[];
  readonly refusal: string[];
  readonly calls: Map<number, CallParts>;
  finish: FinishReason | null;
}

/** Puts a finished answer together from chunks. Adding is cheap; texts are joined when somebody asks. */
export class AnswerBuilder {
  readonly #choices = new Map<number, ChoiceParts>();
  readonly #maxChars: number;
  #last: ChoiceParts | null = null;
  #lastIndex = -1;
  #chars = 0;
  #usage: Usage | null = null;

  constructor(options: { readonly maxChars?: number } = {}) {
    this.#maxChars = options.maxChars ?? defaultMaxChars;
  }

  /** True when the answer was too long to be kept whole. */
  get truncated(): boolean {
    return this.#chars > this.#maxChars;
  }

  add(chunks: readonly Chunk[]): void {
    for (const chunk of chunks) this.#addOne(chunk);
  }

  /** The answer so far, its choices by index. May be called at any time and again. */
  build(status: number, model: string | null): Answer {
    const choices = [...this.#choices].sort(([a], [b]) => a - b).map(([, parts]) => toChoice(parts));
    return { status, model, choices, usage: this.#usage };
  }

  /** Indices of the choices so far, in order. */
  get indices(): readonly number[] {
    return [...this.#choices.keys()].sort((a, b) => a - b);
  }

  /** One choice by its index; null where no chunk spoke of it. */
  choice(index: number): AnswerChoice | null {
    const parts = this.#choices.get(index);
    return parts === undefined ? null : toChoice(parts);
  }

  #addOne(chunk: Chunk): void {
    switch (chunk.type) {
      case 'text':
      case 'reasoning':
      case 'refusal':
        this.#keep(this.#partsOf(chunk.choice)[chunk.type], chunk.text);
        break;
      case 'tool_call': {
        const { calls } = this.#partsOf(chunk.choice);
        let call = calls.get(chunk.index);
        if (call === undefined) {
          call = { id: '', name: '', arguments: [] };
          calls.set(chunk.index, call);
        }
        if (chunk.id !== undefined) call.id = chunk.id;
        if (chunk.name !== undefined) call.name = chunk.name;
        this.#keep(call.arguments, chunk.arguments);
        break;
      }
      case 'finish':
        this.#partsOf(chunk.choice).finish = chunk.reason;
        break;
      case 'usage':
        this.#usage = chunk.usage;
        break;
      default:
    }
  }

  #keep(parts: string[], text: string): void {
    if (text === '') return;
    this.#chars += text.length;
    if (this.#chars <= this.#maxChars) parts.push(text);
  }

  #partsOf(index: number): ChoiceParts {
    if (this.#last !== null && this.#lastIndex === index) return this.#last;
    let parts = this.#choices.get(index);
    if (parts === undefined) {
      parts = { text: [], reasoning: [], refusal: [], calls: new Map(), finish: null };
      this.#choices.set(index, parts);
    }
    this.#last = parts;
    this.#lastIndex = index;
    return parts;
  }
}

/** The answer that chunks are, all at once. */
export function answerOf(chunks: readonly Chunk[], status: number, model: string | null): Answer {
  const builder = new AnswerBuilder();
  builder.add(chunks);
  return builder.build(status, model);
}

function toChoice(parts: ChoiceParts): AnswerChoice {
  const toolCalls: ToolCall[] = [...parts.calls]
    .sort(([a], [b]) => a - b)
    .map(([, call]) => ({ id: call.id, name: call.name, arguments: call.arguments.join('') }));
  return {
    text: parts.text.join(''),
    reasoning: parts.reasoning.join(''),
    refusal: parts.refusal.join(''),
    toolCalls,
    finish: parts.finish,
  };
}
