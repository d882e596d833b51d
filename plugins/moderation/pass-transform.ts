import type { Answer, AnswerChoice, Chunk, ChunkTransform, PassedDecision } from '../../sdk/index.ts';

interface Texts {
  text: string;
  reasoning: string;
  refusal: string;
  arguments: string;
}

/** Lets an answer pass and has it judged at its end, before the client is told that it has ended. */
export class PassTransform implements ChunkTransform {
  readonly holdBackChars = 0;
  readonly #judge: (answer: Answer) => Promise<PassedDecision | undefined>;
  readonly #maxChars: number;
  readonly #choices = new Map<number, Texts>();
  #chars = 0;

  /** @param maxChars what can be judged; one character more is too much. */
  constructor(judge: (answer: Answer) => Promise<PassedDecision | undefined>, maxChars: number) {
    this.#judge = judge;
    this.#maxChars = maxChars;
  }

  push(chunk: Chunk, emit: (chunk: Chunk) => void): void {
    emit(chunk);
    switch (chunk.type) {
      case 'text':
      case 'reasoning':
      case 'refusal':
        this.#textsOf(chunk.choice)[chunk.type] += this.#room(chunk.text);
        break;
      case 'tool_call':
        this.#textsOf(chunk.choice).arguments += this.#room(chunk.arguments);
        break;
      default:
    }
  }

  async end(): Promise<PassedDecision | undefined> {
    if (this.#chars > this.#maxChars) {
      throw new Error(
        `the answer has more than ${this.#maxChars} characters, which is all that can be judged`,
      );
    }
    const choices = [...this.#choices.values()].map(
      ({ text, reasoning, refusal, arguments: json }): AnswerChoice => ({
        text,
        reasoning,
        refusal,
        toolCalls: json === '' ? [] : [{ id: '', name: '', arguments: json }],
        finish: null,
      }),
    );
    return this.#judge({ status: 200, model: null, choices, usage: null });
  }

  #room(text: string): string {
    const room = this.#maxChars - this.#chars;
    this.#chars += text.length;
    return room <= 0 ? '' : text.slice(0, room);
  }

  #textsOf(index: number): Texts {
    let texts = this.#choices.get(index);
    if (texts === undefined) {
      texts = { text: '', reasoning: '', refusal: '', arguments: '' };
      this.#choices.set(index, texts);
    }
    return texts;
  }
}
