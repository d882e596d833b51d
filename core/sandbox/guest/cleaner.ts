import type { Intrinsics } from './intrinsics.ts';

/**
 * Turns a value into JSON text of its own making. The answer starts with a letter: `v` and the text, `r` and
 * why the value was refused, `o` and which output cap was passed. What guest code throws meanwhile is thrown on.
 */
export type Clean = (value: unknown) => string;

/**
 * Runs inside QuickJS (self-contained, taken as text). Reads each property once, never calls `toJSON`, keeps only
 * plain data: depth at most 12, 5,000 values, 64 Ki characters, finite numbers.
 */
export function makeCleaner(i: Intrinsics): Clean {
  const maxDepth = 12;
  const maxNodes = 5000;
  const maxChars = 65536;
  const stop = { stop: true };

  // The counters live in each run, not in the cleaner: a getter or Proxy trap may log, which cleans again.
  return (root) => {
    let nodes = 0;
    let chars = 0;
    let refusal = '';

    const refuse = (kind: string, why: string): never => {
      refusal = kind + why;
      throw stop;
    };

    const quote = (text: string): string => {
      chars += text.length + 2;
      if (chars > maxChars) refuse('o', `expected at most ${maxChars} characters of result`);
      return i.quote(text);
    };

    const list = (value: readonly unknown[], depth: number): string => {
      const length = value.length;
      if (typeof length !== 'number' || length > maxNodes) {
        refuse('o', `expected at most ${maxNodes} values in a result, got an array of ${String(length)}`);
      }
      let text = '[';
      for (let at = 0; at < length; at++) {
        if (at > 0) text += ',';
        text += walk(value[at], depth + 1);
      }
      return `${text}]`;
    };

    const record = (value: Record<string, unknown>, depth: number): string => {
      const proto = i.prototypeOf(value) as unknown;
      if (proto !== i.objectProto && proto !== null) {
        refuse('r', 'expected plain data, got an instance of a class (await promises, copy maps and dates)');
      }
      const keys = i.keys(value);
      const count = keys.length;
      if (count > maxNodes) refuse('o', `expected at most ${maxNodes} values in a result, got ${count} keys`);
      let text = '{';
      for (let at = 0; at < count; at++) {
        const key = keys[at] as string;
        if (key === '__proto__') refuse('r', 'the key "__proto__" may not cross');
        const item = value[key];
        if (item === undefined) continue;
        if (text !== '{') text += ',';
        text += quote(key);
        text += ':';
        text += walk(item, depth + 1);
      }
      return `${text}}`;
    };

    const walk = (value: unknown, depth: number): string => {
      nodes += 1;
      if (nodes > maxNodes) refuse('o', `expected at most ${maxNodes} values in a result`);
      if (depth > maxDepth) refuse('r', `expected a result at most ${maxDepth} levels deep`);
      if (value === null || value === undefined) return 'null';
      if (value === true) return 'true';
      if (value === false) return 'false';
      const type = typeof value;
      if (type === 'string') return quote(value as string);
      if (type === 'number') {
        const number = value as number;
        if (number - number !== 0) refuse('r', `expected finite numbers, got ${number}`);
        return `${number}`;
      }
      if (type !== 'object') refuse('r', `expected plain data, got a ${type}`);
      if (i.isArray(value)) return list(value, depth);
      return record(value as Record<string, unknown>, depth);
    };

    try {
      return `v${walk(root, 0)}`;
    } catch (error) {
      if (refusal !== '') return refusal;
      throw error;
    }
  };
}
