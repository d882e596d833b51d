import type { Chunk } from '../../sdk/chunk.ts';

/** The same answer with other texts: a choice's first text chunk takes the new text, its others are dropped. */
export function replaceTexts(chunks: readonly Chunk[], texts: Readonly<Record<number, string>>): Chunk[] {
  const written = new Set<number>();
  const replaced: Chunk[] = [];
  for (const chunk of chunks) {
    const text = chunk.type === 'text' ? texts[chunk.choice] : undefined;
    if (chunk.type !== 'text' || text === undefined) {
      replaced.push(chunk);
    } else if (!written.has(chunk.choice)) {
      written.add(chunk.choice);
      replaced.push({ ...chunk, text });
    }
  }
  return replaced;
}
