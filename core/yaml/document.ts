import { type Document, LineCounter, parseDocument } from 'yaml';
import type { Json } from '../../sdk/json.ts';
import type { Problem } from '../problem.ts';
import type { Path, Place } from './place.ts';
import { pathKey } from './place.ts';
import { shieldReferences } from './shield.ts';
import { type Report, toPlain } from './to-plain.ts';

/** A YAML file as plain JSON that remembers where each value was written. */
export interface YamlDocument {
  readonly file: string;
  /** Plain JSON; null for an empty file, undefined where a syntax error leaves nothing to go on with. */
  readonly value: Json | undefined;
  /** Syntax errors, duplicate keys and values that JSON cannot hold. */
  readonly problems: readonly Problem[];
  /**
   * Where the value at a path stands, or with `key` its key. For a path that the file does not have: its nearest
   * parent that it has.
   */
  position(path: Path, part?: 'key' | 'value'): Place;
}

const tooDeep = 'nested too deeply; expected at most 64 levels';

/**
 * Parses one YAML 1.2 document. Numbers may be grouped (`2_000_000`). Never throws: everything wrong is in
 * `problems`, all of it at once.
 */
export function parseYaml(text: string, file: string): YamlDocument {
  const lines = new LineCounter();
  const shield = shieldReferences(text);
  const problems: Problem[] = [];
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const report: Report = (offset, message) => {
    const place = placeOf(offset);
    // One mistake upsets the parser until the end of its line: only the first complaint of a line helps.
    if (problems.some((known) => known.line === place.line)) return;
    problems.push({ file, ...place, severity: 'error', message: shield.restore(message) });
  };

  const document = parse(shield.text, lines, report);
  for (const error of document?.errors ?? []) report(error.pos[0], explain(error.code, error.message));
  for (const warning of document?.warnings ?? [])
    report(warning.pos[0], explain(warning.code, warning.message));
  const broken = document === null || problems.length > 0;

  const places = new Map<string, { key: number; value: number }>();
  const value =
    document && !broken
      ? toPlain(document, {
          restore: shield.restore,
          report,
          lineOf: (offset) => placeOf(offset).line,
          found: (path, key, at) => places.set(pathKey(path), { key, value: at }),
        })
      : undefined;

  return {
    file,
    value,
    problems,
    position(path, part = 'value') {
      for (let length = path.length; length >= 0; length--) {
        const found = places.get(pathKey(path.slice(0, length)));
        if (found) return placeOf(part === 'key' && length === path.length ? found.key : found.value);
      }
      return { line: 1, column: 1 };
    },
  };
}

/** A value that stands in no file, such as the built-in defaults. */
export function documentOf(value: Json, name: string): YamlDocument {
  return { file: name, value, problems: [], position: () => ({ line: 0, column: 0 }) };
}

function parse(text: string, lines: LineCounter, report: Report): Document.Parsed | null {
  try {
    return parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      // Duplicates are found while converting, where their names are known.
      uniqueKeys: false,
      version: '1.2',
      schema: 'core',
      resolveKnownTags: false,
    });
  } catch (error) {
    // Thousands of nested brackets exhaust the parser's stack.
    const nested = error instanceof RangeError;
    report(0, nested ? tooDeep : `not YAML: ${String(error)}`);
    return null;
  }
}

function explain(code: string, message: string): string {
  if (/call stack/i.test(message)) return tooDeep;
  if (code === 'TAG_RESOLVE_FAILED')
    return `${message.replace(/^Unresolved tag: /, 'unknown tag ')}; write a plain value`;
  if (code === 'MULTIPLE_DOCS') return 'expected one document in a file; came a second one after "---"';
  if (code === 'TAB_AS_INDENT') return 'tabs do not indent YAML; use spaces';
  return `not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}
