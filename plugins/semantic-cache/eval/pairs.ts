/** Two prompts, and whether the answer to the first may be served for the second. */
export interface Pair {
  /** The prompt whose answer is in the cache. */
  readonly a: string;
  /** The prompt that is asked. */
  readonly b: string;
  readonly same: boolean;
  /** Where the pair comes from: `set` or `set:category`. Results are given for each. */
  readonly source: string;
}

/** Problems that are named at once. */
const mostProblems = 10;

/**
 * Pairs of a file with one JSON object a line; empty lines are skipped.
 * @throws Error that names the lines that are none and what was expected of them
 */
export function parsePairs(text: string): Pair[] {
  const pairs: Pair[] = [];
  const problems: string[] = [];
  let line = 0;
  for (const row of text.split('\n')) {
    line++;
    if (row.trim() === '') continue;
    const pair = parsePair(row);
    if (typeof pair === 'string') problems.push(`line ${line}: ${pair}`);
    else pairs.push(pair);
    if (problems.length === mostProblems) break;
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  if (pairs.length === 0) throw new Error('expected pairs, one JSON object a line; the file has none');
  return pairs;
}

function parsePair(row: string): Pair | string {
  const shape = '{"a": string, "b": string, "same": boolean, "source": string}';
  let json: unknown;
  try {
    json = JSON.parse(row);
  } catch {
    return `expected ${shape}; it is no JSON`;
  }
  if (typeof json !== 'object' || json === null) return `expected ${shape}`;
  const { a, b, same, source = 'pairs' } = json as Readonly<Record<string, unknown>>;
  if (typeof a !== 'string' || typeof b !== 'string') return `expected ${shape}; "a" or "b" is no text`;
  if (typeof same !== 'boolean') return `expected ${shape}; "same" is not true or false`;
  if (typeof source !== 'string') return `expected ${shape}; "source" is no text`;
  return { a, b, same, source };
}
