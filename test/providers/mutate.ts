import fc from 'fast-check';
import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';

/** Values that do not belong where they are put. */
const strange: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1e308,
  '',
  'x',
  '\u0000\ud800',
  [],
  [null],
  {},
  { type: 'own_unknown' },
  [{ type: 'text' }],
  'data:image/png;base64,@@@',
  { __proto__x: 1, constructor: { name: 1 } },
];

interface Step {
  /** Which of the document's places, counted in order; taken modulo their number. */
  readonly place: number;
  readonly action: 'drop' | 'replace' | 'duplicate' | 'nest' | 'rename';
  readonly value: Json;
}

const step: fc.Arbitrary<Step> = fc.record({
  place: fc.nat(1000),
  action: fc.constantFrom('drop', 'replace', 'duplicate', 'nest', 'rename'),
  value: fc.constantFrom(...strange),
});

/** The document with a few of its members and items dropped, replaced, said twice, wrapped or renamed. */
export function mutated(document: JsonObject, keep: readonly string[]): fc.Arbitrary<JsonObject> {
  return fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => {
    let result: Json = document;
    for (const each of steps) result = applied(result, each, keep);
    return result as JsonObject;
  });
}

type Path = readonly (string | number)[];

function placesOf(value: Json | undefined, path: Path, out: Path[], keep: readonly string[]): Path[] {
  if (Array.isArray(value)) {
    for (const [index, item] of (value as readonly Json[]).entries()) {
      out.push([...path, index]);
      placesOf(item, [...path, index], out, keep);
    }
  } else if (isJsonObject(value)) {
    for (const name of Object.keys(value)) {
      if (path.length === 0 && keep.includes(name)) continue;
      out.push([...path, name]);
      placesOf(value[name], [...path, name], out, keep);
    }
  }
  return out;
}

function applied(document: Json, { place, action, value }: Step, keep: readonly string[]): Json {
  const places = placesOf(document, [], [], keep);
  const path = places[place % Math.max(1, places.length)];
  return path === undefined ? document : changed(document, path, action, value);
}

function changed(holder: Json | undefined, [head, ...rest]: Path, action: Step['action'], value: Json): Json {
  if (Array.isArray(holder)) {
    const items = [...(holder as readonly Json[])];
    const at = head as number;
    if (rest.length > 0) items[at] = changed(items[at], rest, action, value);
    else if (action === 'drop') items.splice(at, 1);
    else if (action === 'duplicate') items.splice(at, 0, items[at]!);
    else items[at] = action === 'nest' ? [items[at]!] : value;
    return items;
  }
  const members: Record<string, Json> = { ...(holder as Record<string, Json>) };
  const name = head as string;
  if (rest.length > 0) members[name] = changed(members[name], rest, action, value);
  else if (action === 'drop') delete members[name];
  else if (action === 'nest') members[name] = { [name]: members[name]! };
  else if (action === 'duplicate') members[name] = [members[name]!, members[name]!];
  else if (action === 'rename') {
    members[`${name}_x`] = members[name]!;
    delete members[name];
  } else members[name] = value;
  return members;
}

/** Bytes with some changed, left out or said twice, or the rest missing. */
export function damaged(bytes: Buffer): fc.Arbitrary<Buffer> {
  const harm = fc.record({
    at: fc.nat(Math.max(0, bytes.length - 1)),
    length: fc.nat(40),
    action: fc.constantFrom('flip', 'drop', 'repeat', 'cut', 'insert'),
    byte: fc.nat(255),
  });
  return fc.array(harm, { minLength: 1, maxLength: 3 }).map((harms) => {
    let result = bytes;
    for (const { at, length, action, byte } of harms) {
      const before = result.subarray(0, at);
      const there = result.subarray(at, at + length);
      const after = result.subarray(at + length);
      if (action === 'cut') result = before;
      else if (action === 'drop') result = Buffer.concat([before, after]);
      else if (action === 'repeat') result = Buffer.concat([before, there, there, after]);
      else if (action === 'insert') result = Buffer.concat([before, Buffer.from([byte]), there, after]);
      else {
        result = Buffer.from(result);
        if (at < result.length) result[at] = byte;
      }
    }
    return result;
  });
}
