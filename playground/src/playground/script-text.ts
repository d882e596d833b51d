import type { UpstreamReply } from '../../../core/policy-test/case.ts';

/** The providers' script, one line each: a text, `fail: overloaded`, or chunks with `|` between. */
export function scriptText(replies: readonly UpstreamReply[]): string {
  return replies.map(replyLine).join('\n');
}

function replyLine({ text, chunks, fail, ...other }: UpstreamReply): string {
  if (Object.keys(other).length > 0)
    return JSON.stringify({
      ...(text !== undefined && { text }),
      ...(chunks && { chunks }),
      ...(fail && { fail }),
      ...other,
    });
  if (fail !== undefined) return `fail: ${fail}`;
  if (chunks !== undefined) return chunks.map((chunk) => chunk.replaceAll('|', '\\|')).join('|');
  return (text ?? '').replaceAll('|', '\\|').replaceAll('\n', '\\n');
}

export function scriptOf(text: string): UpstreamReply[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): UpstreamReply => {
      const fail = /^\s*fail:\s*(\w+)\s*$/.exec(line)?.[1];
      if (fail !== undefined) return { fail: fail as NonNullable<UpstreamReply['fail']> };
      if (line.trimStart().startsWith('{')) {
        try {
          return JSON.parse(line) as UpstreamReply;
        } catch {
          // Somebody is still writing it.
        }
      }
      const pieces = line
        .split(/(?<!\\)\|/)
        .map((piece) => piece.replaceAll('\\|', '|').replaceAll('\\n', '\n'));
      return pieces.length === 1 ? { text: pieces[0]! } : { chunks: pieces.filter((piece) => piece !== '') };
    });
}
