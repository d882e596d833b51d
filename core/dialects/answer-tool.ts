import type { Chunk } from '../../sdk/chunk.ts';

/**
 * Turns the call of a tool that stands in for JSON by schema back into the text that the client asked for. Other calls
 * of the same answer stay calls.
 */
export class AnswerTool {
  readonly #name: string;
  /** `choice:index` of calls that are the answer. */
  readonly #answers = new Set<string>();
  readonly #otherCalls = new Set<number>();

  constructor(name: string) {
    this.#name = name;
  }

  asText(chunk: Chunk): Chunk {
    if (chunk.type === 'tool_call') {
      const key = `${chunk.choice}:${chunk.index}`;
      if (chunk.name === this.#name) this.#answers.add(key);
      else if (chunk.name !== undefined) this.#otherCalls.add(chunk.choice);
      if (this.#answers.has(key)) return { type: 'text', choice: chunk.choice, text: chunk.arguments };
    } else if (
      chunk.type === 'finish' &&
      chunk.reason === 'tool_calls' &&
      !this.#otherCalls.has(chunk.choice)
    ) {
      return { ...chunk, reason: 'stop' };
    }
    return chunk;
  }
}
