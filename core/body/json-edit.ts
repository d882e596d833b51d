import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import { type EditNode, editTree, type JsonEdit } from './json-edit-tree.ts';
import { pointerToken } from './json-pointer.ts';
import { endOfString, nameAt, skipSpace, skipValue } from './json-skip.ts';

/**
 * Writes edits into a JSON text. Walks only as far as the edits need: the common edit of `model`, the first
 * member of most bodies, reads nothing after it.
 *
 * @param value what the text means; the text must be free of repeated member names.
 */
export function editText(text: string, value: JsonObject, edits: readonly JsonEdit[]): string {
  const splices: Splice[] = [];
  editValue({ text, splices }, skipSpace(text, 0), value, editTree(edits), '');
  let out = '';
  let from = 0;
  for (const splice of splices) {
    out += text.slice(from, splice.start) + splice.put;
    from = splice.end;
  }
  return out + text.slice(from);
}

/** Characters of the text to replace. They are made in the order of the text. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly put: string;
}

interface Work {
  readonly text: string;
  readonly splices: Splice[];
}

/** Members or elements of one list while it is walked: where kept ones ended, where a run of removed ones began. */
interface Walk {
  at: number;
  /** End of the last member that stays; -1 before the first one. */
  keptEnd: number;
  /** Start of the removed members that end at `removedEnd`; -1 where the last member stays. */
  removedFrom: number;
  removedEnd: number;
}

function editValue(work: Work, start: number, value: Json | undefined, node: EditNode, path: string): void {
  if (isJsonObject(value)) editObject(work, start, value, node, path);
  else if (Array.isArray(value)) editArray(work, start, value, node, path);
  else throw new Error(`Cannot edit inside ${path}: expected an object or an array, found ${typeof value}.`);
}

function editObject(work: Work, open: number, value: JsonObject, node: EditNode, path: string): void {
  const { text, splices } = work;
  const added: string[] = [];
  let toFind = 0;
  for (const [name, child] of node.children) {
    if (child.inserts !== null && child.op === 'none') throw notAnArray(path, name);
    if (Object.hasOwn(value, name)) {
      toFind++;
      continue;
    }
    const made = missingValue(child);
    if (made !== undefined) added.push(`${JSON.stringify(name)}:${JSON.stringify(made)}`);
  }
  const walk = begin(text, open);
  while (text.charCodeAt(walk.at) !== 125) {
    if (toFind === 0 && walk.removedFrom === -1) {
      if (added.length === 0) return;
      // The end of the outermost object is known without walking there.
      if (path === '') {
        addBefore(work, text.lastIndexOf('}'), added);
        return;
      }
    }
    const start = walk.at;
    const close = endOfString(text, start);
    const valueStart = skipSpace(text, skipSpace(text, close + 1) + 1);
    const name = toFind === 0 ? '' : nameAt(text, start, close);
    const child = toFind === 0 ? undefined : node.children.get(name);
    if (child !== undefined) toFind--;
    const removed = child !== undefined && child.op === 'remove';
    if (!removed) keep(work, walk, start);
    if (child?.op === 'none') {
      editValue(work, valueStart, value[name], child, `${path}/${pointerToken(name)}`);
      if (toFind === 0 && added.length === 0) return;
    }
    const end = skipValue(text, valueStart);
    if (child?.op === 'set') splices.push({ start: valueStart, end, put: JSON.stringify(child.value) });
    next(text, walk, start, end, removed);
  }
  finish(work, walk, open, added);
}

function editArray(work: Work, open: number, value: readonly Json[], node: EditNode, path: string): void {
  const { text, splices } = work;
  const children = new Map<number, EditNode>();
  const added: string[] = [];
  for (const [token, child] of node.children) {
    const index = token === '-' ? value.length : Number(token);
    if (token !== '-' && !/^(0|[1-9]\d*)$/.test(token)) throw notAnIndex(path, token, value.length);
    if (index < value.length) children.set(index, child);
    else if (index > value.length || child.inserts === null || (child.op !== 'none' && token !== '-'))
      throw notAnIndex(path, token, value.length);
    else for (const element of child.inserts) added.push(JSON.stringify(element));
  }
  let toFind = children.size;
  const walk = begin(text, open);
  for (let index = 0; text.charCodeAt(walk.at) !== 93; index++) {
    if (toFind === 0 && walk.removedFrom === -1 && added.length === 0) return;
    const start = walk.at;
    const child = toFind === 0 ? undefined : children.get(index);
    const end = skipValue(text, start);
    if (child !== undefined) toFind--;
    const before = child?.inserts?.map((element) => JSON.stringify(element)).join(',') ?? '';
    const removed = child !== undefined && child.op === 'remove' && before === '';
    if (!removed) keep(work, walk, start);
    if (child?.op === 'remove' && before !== '') splices.push({ start, end, put: before });
    else if (child?.op === 'set') {
      splices.push({ start, end, put: (before === '' ? '' : `${before},`) + JSON.stringify(child.value) });
    } else if (child?.op === 'none') {
      if (before !== '') splices.push({ start, end: start, put: `${before},` });
      if (child.children.size > 0) editValue(work, start, value[index], child, `${path}/${index}`);
    }
    next(text, walk, start, end, removed);
  }
  finish(work, walk, open, added);
}

function begin(text: string, open: number): Walk {
  return { at: skipSpace(text, open + 1), keptEnd: -1, removedFrom: -1, removedEnd: -1 };
}

/** A member that stays begins at `start`: what was removed before it goes, commas included. */
function keep(work: Work, walk: Walk, start: number): void {
  if (walk.removedFrom === -1) return;
  work.splices.push({ start: walk.removedFrom, end: start, put: '' });
  walk.removedFrom = -1;
}

/** Moves on to the next member or to the closing bracket. */
function next(text: string, walk: Walk, start: number, end: number, removed: boolean): void {
  if (!removed) walk.keptEnd = end;
  else {
    if (walk.removedFrom === -1) walk.removedFrom = start;
    walk.removedEnd = end;
  }
  walk.at = skipSpace(text, end);
  if (text.charCodeAt(walk.at) === 44) walk.at = skipSpace(text, walk.at + 1);
}

/** At the closing bracket: removes the members at the end with the comma before them, and adds new ones. */
function finish(work: Work, walk: Walk, open: number, added: readonly string[]): void {
  const put = added.join(',');
  const comma = walk.keptEnd === -1 || put === '' ? '' : ',';
  if (walk.removedFrom !== -1) {
    const start = walk.keptEnd === -1 ? walk.removedFrom : walk.keptEnd;
    work.splices.push({ start, end: walk.removedEnd, put: comma + put });
  } else if (put !== '') {
    const at = walk.keptEnd === -1 ? open + 1 : walk.keptEnd;
    work.splices.push({ start: at, end: at, put: comma + put });
  }
}

/** Adds members to a non-empty object that closes at `close`. */
function addBefore(work: Work, close: number, added: readonly string[]): void {
  let at = close;
  while (work.text.charCodeAt(at - 1) <= 32) at--;
  work.splices.push({ start: at, end: at, put: `,${added.join(',')}` });
}

/** The value that edits of a missing member make; undefined where they only remove. */
function missingValue(node: EditNode): Json | undefined {
  if (node.op === 'set') return node.value;
  if (node.op === 'remove') return undefined;
  const append = node.children.get('-');
  if (append?.inserts && node.children.size === 1) return append.inserts;
  const members: [string, Json][] = [];
  for (const [name, child] of node.children) {
    const made = missingValue(child);
    if (made !== undefined) members.push([name, made]);
  }
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

function notAnArray(path: string, name: string): Error {
  return new Error(`Cannot insert at ${path}/${pointerToken(name)}: ${path} is an object, not an array.`);
}

function notAnIndex(path: string, token: string, length: number): Error {
  return new Error(`Cannot edit ${path}/${token}: the array has ${length} elements; "-" appends one.`);
}
