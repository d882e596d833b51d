import type {
  Answer,
  AnswerChoice,
  Chunk,
  ChunkTransform,
  FinishReason,
  PassedDecision,
} from '../../sdk/index.ts';

interface Parts {
  text: string;
  refusal: string;
  finish: FinishReason | null;
  readonly calls: Map<number, { id: string; name: string; arguments: string }>;
}

/** Lets an answer pass and has it checked at its end, before the client is told that it has ended. */
export class PassTransform implements ChunkTransform {
  readonly holdBackChars = 0;
  readonly #check: (answer: Answer) => Promise<PassedDecision | undefined>;
  readonly #maxChars: number;
  readonly #choices = new Map<number, Parts>();
  #chars = 0;

  /** @param maxChars what is kept of an answer; one character more does not meet its schema anyway. */
  constructor(check: (answer: Answer) => Promise<PassedDecision | undefined>, maxChars: number) {
    this.#check = check;
    this.#maxChars = maxChars;
  }

  push(chunk: Chunk, emit: (chunk: Chunk) => void): void {
    emit(chunk);
    if (!('choice' in chunk)) return;
    const parts = this.#partsOf(chunk.choice);
    switch (chunk.type) {
      case 'text':
      case 'refusal':
        parts[chunk.type] += this.#room(chunk.text);
        break;
      case 'tool_call': {
        let call = parts.calls.get(chunk.index);
        if (call === undefined) {
          call = { id: '', name: '', arguments: '' };
          parts.calls.set(chunk.index, call);
        }
        if (chunk.id !== undefined) call.id = chunk.id;
        if (chunk.name !== undefined) call.name = chunk.name;
        call.arguments += this.#room(chunk.arguments);
        break;
      }
      case 'finish':
        parts.finish = chunk.reason;
        break;
      default:
    }
  }

  end(): Promise<PassedDecision | undefined> {
    const choices = [...this.#choices]
      .sort(([a], [b]) => a - b)
      .map(([, { text, refusal, finish, calls }]): AnswerChoice => {
        const toolCalls = [...calls].sort(([a], [b]) => a - b).map(([, call]) => call);
        return { text, refusal, finish, reasoning: '', toolCalls };
      });
    return this.#check({ status: 200, model: null, choices, usage: null });
  }

  #room(text: string): string {
    const room = this.#maxChars + 1 - this.#chars;
    this.#chars += text.length;
    return room <= 0 ? '' : text.slice(0, room);
  }

  #partsOf(index: number): Parts {
    let parts = this.#choices.get(index);
    if (parts === undefined) {
      parts = { text: '', refusal: '', finish: null, calls: new Map() };
      this.#choices.set(index, parts);
    }
    return parts;
  }
}
