import { isJsonObject, type Json, type JsonPointer } from '../../sdk/json.ts';
import { pointerTokens } from './json-pointer.ts';

/**
 * One change to a JSON text: set the value at a pointer (making missing object members), or remove it.
 *
 * Pointers name places in the text as it came: inserting or removing an element does not shift the indices of
 * other edits. `/messages/-` appends an element. Of two edits of one place the later wins; an edit inside a
 * value that an earlier edit set changes that value.
 */
export interface JsonEdit {
  readonly pointer: JsonPointer;
  /** `undefined` removes the member or element. */
  readonly value: Json | undefined;
  /** Put the value before the array element at the pointer, as a new element, instead of replacing it. */
  readonly insert?: boolean;
}

/** Edits by the place they change: what happens to one value and to those inside it. */
export interface EditNode {
  op: 'none' | 'set' | 'remove';
  /** The new value of `set`. */
  value: Json;
  readonly children: Map<string, EditNode>;
  /** New array elements to put before this one (or at the end, for the token `-`). */
  inserts: Json[] | null;
}

/** Sorts edits by place. Later edits of a place win over earlier ones, and over earlier ones inside it. */
export function editTree(edits: readonly JsonEdit[]): EditNode {
  const root = makeNode();
  for (const edit of edits) {
    const tokens = pointerTokens(edit.pointer);
    if (tokens.length === 0) throw new Error('Cannot edit the whole body; name a member, such as "/model".');
    place(root, tokens, edit);
  }
  return root;
}

function makeNode(): EditNode {
  return { op: 'none', value: null, children: new Map(), inserts: null };
}

function place(root: EditNode, tokens: readonly string[], edit: JsonEdit): void {
  let node = root;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as string;
    let child = node.children.get(token);
    if (child === undefined) {
      child = makeNode();
      node.children.set(token, child);
    }
    node = child;
    if (at + 1 < tokens.length && node.op !== 'none') {
      if (node.inserts !== null) throw leadsNowhere(edit);
      node.value = changed(node.op === 'set' ? node.value : {}, tokens, at + 1, edit);
      node.op = 'set';
      return;
    }
  }
  const append = tokens[tokens.length - 1] === '-';
  if (edit.insert && edit.value === undefined) throw new Error(`Cannot insert nothing at ${edit.pointer}.`);
  if (edit.value !== undefined && (edit.insert || append)) {
    node.inserts ??= [];
    node.inserts.push(edit.value);
    // An object may well have a member called "-", so this is kept as a value to set, too.
    if (!append || edit.insert) return;
  }
  node.op = edit.value === undefined ? 'remove' : 'set';
  node.value = edit.value ?? null;
  node.children.clear();
}

/** A value that an earlier edit set, with a later edit carried out inside it. */
function changed(value: Json, tokens: readonly string[], at: number, edit: JsonEdit): Json {
  const token = tokens[at] as string;
  const last = at + 1 === tokens.length;
  if (Array.isArray(value)) {
    const copy: Json[] = [...(value as readonly Json[])];
    const index = token === '-' ? copy.length : Number(token);
    if (!Number.isInteger(index) || index < 0 || index > copy.length) throw leadsNowhere(edit);
    if (!last) copy[index] = changed(copy[index] ?? {}, tokens, at + 1, edit);
    else if (edit.value === undefined) copy.splice(index, 1);
    else copy.splice(index, edit.insert ? 0 : 1, edit.value);
    return copy;
  }
  if (!isJsonObject(value)) throw leadsNowhere(edit);
  if (last && edit.value === undefined) {
    const { [token]: _, ...rest } = value;
    return rest;
  }
  const own = Object.hasOwn(value, token) ? value[token] : undefined;
  // A computed name makes an own member even of `__proto__`.
  return { ...value, [token]: last ? edit.value : changed(own ?? {}, tokens, at + 1, edit) };
}

function leadsNowhere(edit: JsonEdit): Error {
  return new Error(`Cannot edit ${edit.pointer}: an earlier edit put a value there that has no such place.`);
}
