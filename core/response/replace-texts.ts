import type { Chunk } from '../../sdk/chunk.ts';
import type { ContinueAnswer } from '../../sdk/decision.ts';

/** What of a decision changes an answer. */
export type AnswerChanges = Pick<ContinueAnswer, 'texts' | 'toolArguments' | 'finish'>;

/** True where a decision changes anything. */
export function changesAnswer({ texts, toolArguments, finish }: AnswerChanges): boolean {
  return texts !== undefined || toolArguments !== undefined || finish !== undefined;
}

/**
 * The same answer with other texts, arguments of tool calls and reasons of the end: the first chunk of each takes what is
 * new, its others are dropped. A text for a choice that had none comes before the choice's end.
 */
export function changeAnswer(chunks: readonly Chunk[], changes: AnswerChanges): Chunk[] {
  const { texts = {}, toolArguments, finish = {} } = changes;
  const places = toolArguments === undefined ? null : placesOfCalls(chunks);
  const written = new Set<string>();
  const isFirst = (key: string) => written.size < written.add(key).size;
  const replaced: Chunk[] = [];
  for (const chunk of chunks) {
    if (chunk.type === 'text' && texts[chunk.choice] !== undefined) {
      if (isFirst(`${chunk.choice}`)) replaced.push({ ...chunk, text: texts[chunk.choice]! });
    } else if (chunk.type === 'tool_call') {
      const key = `${chunk.choice}:${chunk.index}`;
      const own = places === null ? undefined : toolArguments?.[chunk.choice]?.[places.get(key)!];
      if (own === undefined) replaced.push(chunk);
      // What names the call stays, wherever it came.
      else if (isFirst(key)) replaced.push({ ...chunk, arguments: own });
      else if (chunk.id !== undefined || chunk.name !== undefined) replaced.push({ ...chunk, arguments: '' });
    } else if (chunk.type === 'finish') {
      const text = texts[chunk.choice] ?? '';
      if (text !== '' && isFirst(`${chunk.choice}`))
        replaced.push({ type: 'text', choice: chunk.choice, text });
      const reason = finish[chunk.choice];
      replaced.push(reason === undefined ? chunk : { ...chunk, reason });
    } else replaced.push(chunk);
  }
  return replaced;
}

/** `changeAnswer` with texts alone. */
export function replaceTexts(chunks: readonly Chunk[], texts: Readonly<Record<number, string>>): Chunk[] {
  return changeAnswer(chunks, { texts });
}

/** Where each call stands among the calls of its choice, by `choice:index`: indices need not begin at 0. */
function placesOfCalls(chunks: readonly Chunk[]): Map<string, number> {
  const byChoice = new Map<number, Set<number>>();
  for (const chunk of chunks) {
    if (chunk.type !== 'tool_call') continue;
    const indices = byChoice.get(chunk.choice);
    if (indices === undefined) byChoice.set(chunk.choice, new Set([chunk.index]));
    else indices.add(chunk.index);
  }
  const places = new Map<string, number>();
  for (const [choice, indices] of byChoice) {
    for (const [place, index] of [...indices].sort((a, b) => a - b).entries()) {
      places.set(`${choice}:${index}`, place);
    }
  }
  return places;
}
