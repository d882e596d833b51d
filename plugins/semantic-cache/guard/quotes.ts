const closing: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['“', '”'],
  ['„', '“'],
  ['«', '»'],
  ['「', '」'],
  ['『', '』'],
  ['`', '`'],
]);

export interface Quotes {
  /** Contents in order; white space and sentence marks at the ends taken off. Case matters. */
  readonly found: readonly string[];
  /** Where they lie: start and end, in turn, quotation marks not included. */
  readonly spans: readonly number[];
}

/** Quoted and back-ticked strings of a text, in one pass. A mark that is never closed quotes nothing. */
export function findQuotes(text: string): Quotes {
  const found: string[] = [];
  const spans: number[] = [];
  // Where each closing mark is not found once, it is not looked for again: the pass stays linear.
  const missing = new Set<string>();
  for (let at = 0; at < text.length; at++) {
    const close = closing.get(text[at]!);
    if (close === undefined || missing.has(close)) continue;
    const end = text.indexOf(close, at + 1);
    if (end < 0) {
      missing.add(close);
      continue;
    }
    const content = trimEdges(text.slice(at + 1, end));
    if (content !== '') {
      found.push(content);
      spans.push(at + 1, end);
    }
    at = end;
  }
  return { found, spans };
}

/** White space and sentence marks at both ends taken off. */
function trimEdges(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isEdge(text[start]!)) start++;
  while (end > start && isEdge(text[end - 1]!)) end--;
  return text.slice(start, end);
}

function isEdge(char: string): boolean {
  return ' \t\r\n.,!?;:'.includes(char);
}
