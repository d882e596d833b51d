import { transform } from 'sucrase';
import type { Stripped } from '../../../core/policy/strip.ts';

/**
 * A policy's TypeScript without its types, as the gateway does it with Node's own stripper: types become spaces, so
 * lines and columns stay where the author sees them, and only erasable syntax is taken.
 */
export function stripTypes(file: string, text: string): Stripped {
  const refused = notErasable(text);
  if (refused !== null) return problem(file, refused.line, refused.column, refused.message);
  try {
    const { code } = transform(text, {
      transforms: ['typescript'],
      disableESTransforms: true,
      keepUnusedImports: true,
    });
    return { ok: true, source: inPlace(text, code) };
  } catch (error) {
    const { message, loc } = error as { message?: string; loc?: { line: number; column: number } };
    return problem(file, loc?.line ?? 1, (loc?.column ?? 0) + 1, wordsOf(message ?? String(error)));
  }
}

function problem(file: string, line: number, column: number, message: string): Stripped {
  const text = `the file is not valid TypeScript that only needs its types removed: ${message}`;
  return { ok: false, problem: { file, line, column, severity: 'error', message: text } };
}

/** The parser's place stands at the end of its message; the problem has it already. */
function wordsOf(message: string): string {
  return message.replace(/^Error transforming \S*: /, '').replace(/ \(\d+:\d+\)$/, '');
}

const declarations =
  /^[ \t]*(?:export[ \t]+)?(?:declare[ \t]+)?(?:const[ \t]+)?(enum|namespace)[ \t]+[\w$]+/gm;

/** Syntax that needs code of its own. */
function notErasable(text: string): { line: number; column: number; message: string } | null {
  for (const match of text.matchAll(declarations)) {
    if (/\bdeclare\b/.test(match[0])) continue;
    const at = match.index + match[0].search(/\S/);
    const before = text.slice(0, at).split('\n');
    const name = match[1] === 'enum' ? 'enum' : 'namespace declaration';
    return {
      line: before.length,
      column: before.at(-1)!.length + 1,
      message: `TypeScript ${name} is not supported in strip-only mode`,
    };
  }
  return null;
}

/** The stripped code with every word back in its column. The stripper keeps lines and closes gaps within them. */
function inPlace(text: string, code: string): string {
  const lines = code.split('\n');
  const originals = text.split('\n');
  if (lines.length !== originals.length) return code;
  return lines.map((line, i) => (line === originals[i] ? line : align(originals[i]!, line))).join('\n');
}

const pieces = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[\w$]+|\s+|[^\w\s$]/g;

/** Above this a line was not written by a person, and columns in it help nobody. */
const maxCells = 100_000;

/** The line as it was, with spaces for everything but the words of `line`, which are some of its own in their order. */
function align(original: string, line: string): string {
  const all = original.match(pieces) ?? [];
  const wanted = line.match(pieces)?.filter((piece) => piece.trim() !== '') ?? [];
  const words = all.filter((piece) => piece.trim() !== '');
  const kept = words.length * wanted.length > maxCells ? null : keptWords(words, wanted);
  // Where it does not come out even, a wrong column does less harm than wrong code.
  if (kept === null) return line;
  let at = 0;
  return all.map((piece) => (piece.trim() === '' || kept[at++] ? piece : ' '.repeat(piece.length))).join('');
}

/**
 * Which words stay, so that what goes is in as few stretches as possible: `{` of a type is not taken for the one of the
 * body behind it. Null where the wanted words are not among them in this order.
 */
function keptWords(words: readonly string[], wanted: readonly string[]): boolean[] | null {
  const width = wanted.length + 1;
  const cells = (words.length + 1) * width;
  // Fewest stretches from here to the end: where the word before stays, and where it goes.
  const afterKept = new Float64Array(cells).fill(Number.POSITIVE_INFINITY);
  const afterGone = new Float64Array(cells).fill(Number.POSITIVE_INFINITY);
  afterKept[cells - 1] = 0;
  afterGone[cells - 1] = 0;
  for (let i = words.length - 1; i >= 0; i--) {
    for (let j = wanted.length; j >= 0; j--) {
      const here = i * width + j;
      const keep = words[i] === wanted[j] ? afterKept[here + width + 1]! : Number.POSITIVE_INFINITY;
      const go = afterGone[here + width]!;
      afterKept[here] = Math.min(keep, go + 1);
      afterGone[here] = Math.min(keep, go);
    }
  }
  if (afterKept[0] === Number.POSITIVE_INFINITY) return null;
  const kept: boolean[] = [];
  let j = 0;
  for (let i = 0; i < words.length; i++) {
    const here = i * width + j;
    const keep = words[i] === wanted[j] ? afterKept[here + width + 1]! : Number.POSITIVE_INFINITY;
    const isKept = keep <= afterGone[here + width]! + (kept.at(-1) === false ? 0 : 1);
    kept.push(isKept);
    if (isKept) j++;
  }
  return kept;
}
