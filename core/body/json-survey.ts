import { isJsonObject, type Json } from '../../sdk/json.ts';
import { endOfString, nameAt, skipSpace, skipValue } from './json-skip.ts';

/** Deeper nesting than this is refused: nobody needs it, and it costs every reader its stack. */
export const maxDepth = 200;

/** Where a text is nested too deeply. */
export interface TooDeep {
  readonly index: number;
}

/**
 * One pass over a text, before it is parsed and whether it is JSON or not: counts its members (colons outside
 * strings) and stops at the first bracket that is nested too deeply.
 */
export function surveyJson(text: string): number | TooDeep {
  let depth = 0;
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 34) {
      at = endOfString(text, at);
      if (at === -1) return members;
    } else if (code === 58) members++;
    else if (code === 123 || code === 91) {
      if (++depth > maxDepth) return { index: at };
    } else if (code === 125 || code === 93) depth--;
  }
  return members;
}

/** Members of all objects in a parsed value. Fewer than `surveyJson` counted means that names were repeated. */
export function countMembers(value: Json): number {
  let count = 0;
  if (Array.isArray(value)) {
    for (const element of value) {
      if (typeof element === 'object' && element !== null) count += countMembers(element);
    }
    return count;
  }
  if (!isJsonObject(value)) return 0;
  for (const name in value) {
    count++;
    const member = value[name];
    if (typeof member === 'object' && member !== null) count += countMembers(member);
  }
  return count;
}

/**
 * The text without the members that a later member of the same name hides: `JSON.parse` takes the last one, and
 * a provider that takes the first must not see another value than policies saw. The text must be valid JSON.
 */
export function dropHiddenMembers(text: string): string {
  const cuts: Cut[] = [];
  visit(text, skipSpace(text, 0), cuts);
  cuts.sort((a, b) => a.start - b.start);
  let out = '';
  let from = 0;
  for (const cut of cuts) {
    // A cut inside a member that was cut itself.
    if (cut.start < from) continue;
    out += text.slice(from, cut.start);
    from = cut.end;
  }
  return out + text.slice(from);
}

interface Cut {
  readonly start: number;
  readonly end: number;
}

/** Adds the cuts of one value, in no order; returns its end. */
function visit(text: string, start: number, cuts: Cut[]): number {
  const open = text.charCodeAt(start);
  if (open === 91) {
    let at = skipSpace(text, start + 1);
    while (text.charCodeAt(at) !== 93) {
      at = skipSpace(text, visit(text, at, cuts));
      if (text.charCodeAt(at) === 44) at = skipSpace(text, at + 1);
    }
    return at + 1;
  }
  if (open !== 123) return skipValue(text, start);
  const startOf = new Map<string, { start: number; next: number }>();
  let at = skipSpace(text, start + 1);
  while (text.charCodeAt(at) !== 125) {
    const close = endOfString(text, at);
    const member = { start: at, next: -1 };
    const name = nameAt(text, at, close);
    const hidden = startOf.get(name);
    if (hidden !== undefined) cuts.push({ start: hidden.start, end: hidden.next });
    startOf.set(name, member);
    at = skipSpace(text, visit(text, skipSpace(text, skipSpace(text, close + 1) + 1), cuts));
    if (text.charCodeAt(at) === 44) at = skipSpace(text, at + 1);
    // A hidden member always has one after it, so its cut takes its comma along.
    member.next = at;
  }
  return at + 1;
}
