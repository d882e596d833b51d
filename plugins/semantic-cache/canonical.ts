import type { Json, JsonObject } from '../../sdk/index.ts';

/** Deeper bodies are nobody's prompt, and a walk down them needs a stack. */
const maxDepth = 100;

/** Stands for the text that was left out. JSON text never holds it: control characters are escaped there. */
const gap = '\u0000';

/** Why a request cannot be told from others by its text: a word for the reason header. */
export class Uncacheable extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(`not cacheable: ${reason}`);
    this.name = 'Uncacheable';
    this.reason = reason;
  }
}

export interface CanonicalOptions {
  /** Top-level members that are left out. */
  readonly without: ReadonlySet<string>;
  /** RFC 6901 pointer of the text for which only a gap is written; null for none. */
  readonly gapAt: string | null;
  /** Characters that are written at most. */
  readonly maxChars: number;
}

/**
 * JSON text of a body that is the same for all ways to write it: members sorted, no spaces. Two bodies that differ in
 * anything but order, spaces and what is left out have different texts.
 *
 * @throws Uncacheable for bodies that are too long or too deep, and for whole numbers beyond 2^53 and numbers beyond all:
 *   parsed, two of them may look alike.
 */
export function canonical(body: JsonObject, { without, gapAt, maxChars }: CanonicalOptions): string {
  const writer = new Writer(maxChars, gapAt === null ? null : segmentsOf(gapAt));
  writer.object(body, 0, true, without);
  return writer.text();
}

class Writer {
  readonly #maxChars: number;
  readonly #gap: readonly string[] | null;
  readonly #parts: string[] = [];
  #chars = 0;

  constructor(maxChars: number, gapPath: readonly string[] | null) {
    this.#maxChars = maxChars;
    this.#gap = gapPath;
  }

  text(): string {
    return this.#parts.join('');
  }

  object(value: JsonObject, depth: number, onPath: boolean, without?: ReadonlySet<string>): void {
    this.#write('{');
    for (const key of Object.keys(value).sort()) {
      const member = value[key];
      if (member === undefined || without?.has(key) === true) continue;
      this.#write(JSON.stringify(key));
      this.#value(member, depth + 1, onPath && this.#gap?.[depth] === key);
    }
    this.#write('}');
  }

  #value(value: Json, depth: number, onPath: boolean): void {
    if (depth > maxDepth) throw new Uncacheable('too-deep');
    if (typeof value === 'string') {
      this.#write(onPath && this.#gap?.length === depth ? gap : JSON.stringify(value));
    } else if (typeof value === 'number') {
      if (Number.isInteger(value) ? !Number.isSafeInteger(value) : !Number.isFinite(value))
        throw new Uncacheable('large-number');
      this.#write(`${value},`);
    } else if (typeof value !== 'object' || value === null) {
      this.#write(`${value},`);
    } else if (Array.isArray(value)) {
      this.#write('[');
      for (let index = 0; index < value.length; index += 1) {
        this.#value(value[index] as Json, depth + 1, onPath && this.#gap?.[depth] === String(index));
      }
      this.#write(']');
    } else {
      this.object(value as JsonObject, depth, onPath);
    }
  }

  #write(text: string): void {
    this.#chars += text.length;
    if (this.#chars > this.#maxChars) throw new Uncacheable('request-too-large');
    this.#parts.push(text);
  }
}

function segmentsOf(pointer: string): string[] {
  const segments = pointer.split('/').slice(1);
  if (!pointer.includes('~')) return segments;
  return segments.map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}
