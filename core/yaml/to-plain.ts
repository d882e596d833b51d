import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml';
import type { Json } from '../../sdk/json.ts';
import type { Path } from './place.ts';

/** Values an alias may expand to, all together: nine aliases of nine aliases of … fill any memory. */
const maxValues = 100_000;
const maxDepth = 64;

/** What went wrong at an offset of the text. */
export type Report = (offset: number, message: string) => void;

export interface PlainOptions {
  /** Undoes the shielding of references. */
  restore(text: string): string;
  report: Report;
  lineOf(offset: number): number;
  /** Told the offsets of each value and its key. */
  found(path: Path, keyOffset: number, valueOffset: number): void;
}

/** A parsed document as plain JSON. What JSON cannot hold is reported and left out. */
export function toPlain(document: Document.Parsed, options: PlainOptions): Json {
  const { restore, report, found } = options;
  let values = 0;
  let overflowed = false;

  function value(node: Node | null, path: Path, keyOffset: number, fallback: number): Json | undefined {
    const offset = node?.range?.[0] ?? fallback;
    found(path, keyOffset, offset);
    if (overflowed) return undefined;
    if (++values > maxValues || path.length > maxDepth) {
      overflowed = true;
      report(offset, `too large: expected at most ${maxValues} values and ${maxDepth} levels`);
      return undefined;
    }
    if (node === null) return null;
    if (node.tag && !node.tag.startsWith('tag:yaml.org,2002:')) {
      report(offset, `the tag ${node.tag} is not understood; write a plain value`);
      return undefined;
    }
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (target === undefined) {
        report(offset, `the alias *${node.source} names no anchor`);
        return undefined;
      }
      return value(target as Node, path, keyOffset, offset);
    }
    if (isScalar(node)) return scalar(node, offset);
    if (isSeq(node)) {
      const list: Json[] = [];
      for (const [index, item] of node.items.entries()) {
        const plain = value(item as Node | null, [...path, index], offset, offset);
        list.push(plain ?? null);
      }
      return list;
    }
    if (isMap(node)) return map(node, path);
    return undefined;
  }

  function map(node: Node & { items: { key: unknown; value: unknown }[] }, path: Path): Json {
    const object: Record<string, Json> = {};
    const lines = new Map<string, number>();
    for (const pair of node.items) {
      const keyNode = pair.key as Node | null;
      const offset = keyNode?.range?.[0] ?? node.range?.[0] ?? 0;
      const key = isScalar(keyNode) ? keyText(keyNode) : null;
      if (key === null || key === '__proto__') {
        report(offset, `expected a plain word as key; came ${key === null ? 'something else' : key}`);
        continue;
      }
      const first = lines.get(key);
      if (first !== undefined) {
        report(offset, `duplicate key "${key}"; it is first on line ${first}`);
        continue;
      }
      lines.set(key, options.lineOf(offset));
      const plain = value(pair.value as Node | null, [...path, key], offset, offset);
      if (plain !== undefined) object[key] = plain;
    }
    return object;
  }

  /** The key as it was written: `1_000: x` and `null: x` have the keys "1_000" and "null". */
  function keyText(node: Scalar): string {
    return restore(typeof node.value === 'string' ? node.value : (node.source ?? String(node.value)));
  }

  function scalar(node: Scalar, offset: number): Json | undefined {
    const plain = node.value;
    if (typeof plain === 'string') {
      if (node.type === 'PLAIN' && /^[-+]?\d+(?:_\d{3})+(?:\.\d+)?$/.test(plain)) {
        return number(Number(plain.replaceAll('_', '')), plain, offset);
      }
      return restore(plain);
    }
    if (typeof plain === 'number') return number(plain, node.source ?? String(plain), offset);
    if (typeof plain === 'boolean' || plain === null) return plain;
    report(offset, `expected text, a number, true or false; came ${node.source ?? typeof plain}`);
    return undefined;
  }

  function number(plain: number, source: string, offset: number): number | undefined {
    if (Number.isFinite(plain) && (!Number.isInteger(plain) || Number.isSafeInteger(plain))) return plain;
    const advice = Number.isFinite(plain) ? 'if it is a name, put it in quotes' : 'expected a finite number';
    report(offset, `the number ${source} cannot be kept exactly; ${advice}`);
    return undefined;
  }

  return value(document.contents, [], 0, 0) ?? null;
}
