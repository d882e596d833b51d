import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { type JsonEdit, jsonTextFrom, parseJsonText } from '../../../core/body/json-text.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import type { Json } from '../../../sdk/json.ts';

function refusal(body: string | Buffer): GatewayError {
  try {
    parseJsonText(Buffer.from(body));
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error(`was not refused: ${body}`);
}

t.test('a body that is not JSON is refused with the place and what was found there', async (t) => {
  for (const [body, message] of [
    [
      '{"a":1,}',
      `The body is not valid JSON at line 1, column 8 (expected a member name in double quotes, found '}').`,
    ],
    ['{\n "a": tru}', `The body is not valid JSON at line 2, column 10 (expected 'true', found '}').`],
    ['{"a" 1}', `The body is not valid JSON at line 1, column 6 (expected ':', found '1').`],
    ['{"a":[1 2]}', `The body is not valid JSON at line 1, column 9 (expected ',' or ']', found '2').`],
    [
      '{"a":"x',
      `The body is not valid JSON at line 1, column 8 (expected '"' at the end of the string, found the end of the body).`,
    ],
    [
      '{"a":"\t"}',
      `The body is not valid JSON at line 1, column 7 (expected an escape such as \\n, found the control character U+0009).`,
    ],
    [
      '{"a":1} x',
      `The body is not valid JSON at line 1, column 9 (expected the end of the body, found 'x').`,
    ],
    ['', 'The body is empty; expected a JSON object.'],
    ['[1]', 'The body must be a JSON object, such as {"model": "…"}; it is an array.'],
    ['"x"', 'The body must be a JSON object, such as {"model": "…"}; it is a string.'],
    ['null', 'The body must be a JSON object, such as {"model": "…"}; it is null.'],
  ] as const) {
    const error = refusal(body);
    t.equal(error.message, message);
    t.equal(error.status, 400);
    t.equal(error.code, 'invalid_request');
  }
});

t.test('a body that is no UTF-8 is refused with the byte', async (t) => {
  t.match(refusal(Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d])).message, 'not valid UTF-8 at byte 2');
  t.match(refusal(Buffer.from([0x7b, 0x22, 0xe2, 0x82])).message, 'not valid UTF-8 at byte 2');
});

t.test('a byte order mark is dropped', async (t) => {
  t.equal(parseJsonText(Buffer.from('\ufeff{"a":1}')).text, '{"a":1}');
});

t.test('200 levels are read, 201 are refused, whether the text is JSON or not', async (t) => {
  const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
  t.equal(parseJsonText(Buffer.from(nested(200))).text, nested(200));
  t.match(refusal(nested(201)).message, 'more than 200 levels deep at line 1, column 205');
  t.match(refusal('['.repeat(100_000)).message, 'more than 200 levels deep');
});

t.test('every text that JSON.parse refuses is refused with a place', async () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    'a',
    '1',
    '-',
    '.',
    'e',
    ' ',
    'true',
    '"a"',
    '\\u00',
    '\u0001',
    'é',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      try {
        JSON.parse(text);
      } catch {
        return /^The body (is not valid JSON at line 1, column \d+ \(expected|is empty)/.test(
          refusal(text).message,
        );
      }
      return true;
    }),
    { numRuns: 2000 },
  );
});

t.test('big integers, key order, whitespace and unknown fields survive an edit', async (t) => {
  const text =
    '{ "seed" : 12345678901234567890,\r\n\t"model":"a", "x-new":{"b":1.0,"a":1e3},"s":"\\u0041\\/" }';
  const body = jsonTextFrom(text);
  t.equal(body.edit([{ pointer: '/model', value: 'b"c' }]), text.replace('"a",', '"b\\"c",'));
  t.equal(body.edit([]), text);
});

t.test('members are added at the end, made on the way and removed with their comma', async (t) => {
  const edit = (text: string, ...edits: JsonEdit[]) => jsonTextFrom(text).edit(edits);
  t.equal(edit('{"a":1 }', { pointer: '/b', value: 2 }), '{"a":1,"b":2 }');
  t.equal(edit('{ }', { pointer: '/b', value: 2 }), '{"b":2 }');
  t.equal(edit('{"a":1}', { pointer: '/b/c', value: 2 }), '{"a":1,"b":{"c":2}}');
  t.equal(edit('{"a":{}}', { pointer: '/a/c', value: 2 }), '{"a":{"c":2}}');
  t.equal(edit('{"a":1, "b":2, "c":3}', { pointer: '/a', value: undefined }), '{"b":2, "c":3}');
  t.equal(edit('{"a":1, "b":2, "c":3}', { pointer: '/b', value: undefined }), '{"a":1, "c":3}');
  t.equal(edit('{"a":1, "b":2, "c":3}', { pointer: '/c', value: undefined }), '{"a":1, "b":2}');
  t.equal(edit('{"a":1}', { pointer: '/a', value: undefined }), '{}');
  t.equal(edit('{"a":1}', { pointer: '/a', value: undefined }, { pointer: '/b', value: 1 }), '{"b":1}');
  t.equal(edit('{"a":1}', { pointer: '/zz', value: undefined }), '{"a":1}');
});

t.test('array elements are replaced, appended, inserted and removed', async (t) => {
  const edit = (text: string, ...edits: JsonEdit[]) => jsonTextFrom(text).edit(edits);
  t.equal(edit('{"m":[1, 2]}', { pointer: '/m/1', value: 9 }), '{"m":[1, 9]}');
  t.equal(edit('{"m":[1, 2]}', { pointer: '/m/-', value: 9 }), '{"m":[1, 2,9]}');
  t.equal(edit('{"m":[ ]}', { pointer: '/m/-', value: 9 }), '{"m":[9 ]}');
  t.equal(edit('{"m":[ 1]}', { pointer: '/m/0', value: 9, insert: true }), '{"m":[ 9,1]}');
  t.equal(edit('{"m":[]}', { pointer: '/m/0', value: 9, insert: true }), '{"m":[9]}');
  t.equal(edit('{"m":[1,2,3]}', { pointer: '/m/0', value: undefined }), '{"m":[2,3]}');
  t.equal(
    edit(
      '{"m":[{"c":"x"}]}',
      { pointer: '/m/0', value: 's', insert: true },
      { pointer: '/m/0/c', value: 'y' },
    ),
    '{"m":["s",{"c":"y"}]}',
  );
});

t.test('a pointer that leads nowhere throws', async (t) => {
  const body = jsonTextFrom('{"a":"x","m":[1],"n":null}');
  for (const pointer of ['', 'a', '/a/b', '/m/7', '/m/x', '/m/1', '/n/b', '/m/-/c']) {
    t.throws(() => body.edit([{ pointer, value: 1 }]), pointer);
  }
  t.throws(() => body.edit([{ pointer: '/a', value: 1, insert: true }]), /object, not an array/);
});

t.test('where names repeat the last one wins, in the value and in the text', async (t) => {
  const body = jsonTextFrom('{"model":"evil", "a":{"x":1,"x" : 2,"y":3}, "model":"good","model":"best" }');
  t.equal(body.text, '{"a":{"x" : 2,"y":3}, "model":"best" }');
  t.same(JSON.parse(body.text), body.value);
  t.equal(body.edit([{ pointer: '/model', value: 'm' }]), '{"a":{"x" : 2,"y":3}, "model":"m" }');
  t.equal(jsonTextFrom('{"a":{"b":1,"b":2},"a":[{"c":1,"c":2}]}').text, '{"a":[{"c":2}]}');
  t.equal(jsonTextFrom('{"\\u0061":1,"a":2}').text, '{"a":2}');
});

t.test('a body that repeats names thousands of times is refused', async (t) => {
  t.match(refusal(`{${'"a":1,'.repeat(1001)}"a":2}`).message, 'repeats member names 1001 times');
  t.equal(jsonTextFrom(`{${'"a":1,'.repeat(1000)}"a":2}`).text, '{"a":2}');
});

t.test('a member called __proto__ is a member like any other', async (t) => {
  const body = jsonTextFrom('{"__proto__":{"a":1},"b":2}');
  t.equal(body.edit([{ pointer: '/__proto__/a', value: 5 }]), '{"__proto__":{"a":5},"b":2}');
  t.equal(
    jsonTextFrom('{"b":2}').edit([{ pointer: '/__proto__/a', value: 5 }]),
    '{"b":2,"__proto__":{"a":5}}',
  );
  t.equal(
    jsonTextFrom('{}').edit([
      { pointer: '/x', value: {} },
      { pointer: '/x/__proto__/polluted', value: 1 },
    ]),
    '{"x":{"__proto__":{"polluted":1}}}',
  );
  t.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

/** JSON text with random whitespace, escapes and repeated names. */
const name = fc.oneof(
  fc.constantFrom('a', 'b', 'model', '__proto__', 'a/b', '~', '-', '0', 'toString', 'é"\\', '😀'),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
const space = fc.constantFrom('', '', ' ', '\n\t', '\r\n  ');
const quoted = (text: fc.Arbitrary<string>) =>
  fc
    .tuple(text, fc.boolean())
    .map(([value, escaped]) =>
      escaped
        ? `"${[...Array(value.length).keys()].map((i) => `\\u${value.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
        : JSON.stringify(value),
    );
const { tree } = fc.letrec<{ tree: string; object: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('true', 'null', '-0.0', '1E+2', '12345678901234567890', '""'),
    quoted(fc.string({ unit: 'binary', maxLength: 8 })),
    fc
      .array(fc.tuple(space, tie('tree'), space), { maxLength: 4 })
      .map((all) => `[${all.map((one) => one.join('')).join(',')}]`),
    tie('object'),
  ),
  object: fc
    .array(fc.tuple(space, quoted(name), space, tie('tree'), space), { maxLength: 5 })
    .map((all) => `{${all.map(([a, n, b, v, c]) => `${a}${n}${b}:${a}${v}${c}`).join(',')}}`),
}));
const objectText = fc
  .array(fc.tuple(quoted(name), space, tree, space), { maxLength: 6 })
  .map((all) => `{${all.map(([n, a, v, b]) => `${a}${n}${b}:${a}${v}${b}`).join(',')}}`);

/** All places of a value, as tokens. */
function places(value: Json, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  const own = Object.keys(value).flatMap((key) =>
    places((value as Record<string, Json>)[key] as Json, [...path, key]),
  );
  return [[...path], ...own];
}

const toPointer = (tokens: readonly string[]) =>
  tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** One text for equal values, whatever the order of their members. */
function canonical(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const names = Object.keys(value).sort();
  return `{${names.map((key) => `${JSON.stringify(key)}:${canonical((value as Record<string, Json>)[key])}`).join(',')}}`;
}

/** A plain reference: a tree of slots that keep their place while others are inserted or removed. */
interface Slot {
  value: Json | undefined;
  members: Map<string, Slot> | null;
  elements: { before: Slot[]; slot: Slot }[] | null;
  after: Slot[];
}
function toSlot(value: Json | undefined): Slot {
  const slot: Slot = { value, members: null, elements: null, after: [] };
  if (Array.isArray(value)) slot.elements = value.map((element) => ({ before: [], slot: toSlot(element) }));
  else if (typeof value === 'object' && value !== null) {
    slot.members = new Map(Object.entries(value).map(([key, member]) => [key, toSlot(member)]));
  }
  return slot;
}
function fromSlot(slot: Slot): Json | undefined {
  if (slot.members) {
    const members = [...slot.members].map(([key, member]) => [key, fromSlot(member)] as const);
    return Object.fromEntries(members.filter(([, member]) => member !== undefined)) as Json;
  }
  if (!slot.elements) return slot.value;
  const all = slot.elements.flatMap((element) => [...element.before, element.slot]).concat(slot.after);
  return all.map(fromSlot).filter((element) => element !== undefined);
}
function reference(root: Json, edits: readonly (JsonEdit & { tokens: string[] })[]): Json {
  const top = toSlot(root);
  for (const { tokens, value, insert } of edits) {
    let at = top;
    for (const token of tokens.slice(0, -1))
      at = (at.members?.get(token) ?? at.elements?.[Number(token)]?.slot) as Slot;
    const last = tokens.at(-1) as string;
    if (at.members) at.members.set(last, toSlot(value));
    else if (last === '-') at.after.push(toSlot(value));
    else if (insert) at.elements?.[Number(last)]?.before.push(toSlot(value));
    else (at.elements?.[Number(last)] as { slot: Slot }).slot = toSlot(value);
  }
  return fromSlot(top) as Json;
}

t.test(
  'reading an edited text gives what editing the value gives, whatever the text looks like',
  async (t) => {
    fc.assert(
      fc.property(
        objectText,
        fc.infiniteStream(fc.nat()),
        fc.infiniteStream(fc.jsonValue({ maxDepth: 1 })),
        (text, numbers, values) => {
          const draw = (below: number) => (numbers.next().value as number) % below;
          const body = jsonTextFrom(text);
          const root = JSON.parse(text) as Json;
          t.same(JSON.parse(body.text), root);
          const edits: (JsonEdit & { tokens: string[] })[] = [];
          const taken: string[] = [];
          const all = places(root);
          for (let count = draw(5); count > 0; count--) {
            const tokens = [...(all[draw(all.length)] as string[])];
            let target: Json = root;
            for (const token of tokens) target = (target as Record<string, Json>)[token] as Json;
            const value = values.next().value as Json;
            const edit: JsonEdit & { tokens: string[] } = { pointer: '', value, tokens };
            if (Array.isArray(target) && draw(2)) tokens.push('-');
            else if (typeof target === 'object' && target !== null && !Array.isArray(target) && draw(2)) {
              tokens.push(['new', '__proto__', '/x~'][draw(3)] as string);
            } else {
              const parent = tokens
                .slice(0, -1)
                .reduce((at, token) => (at as Record<string, Json>)[token] as Json, root);
              if (draw(3) === 0) Object.assign(edit, { value: undefined });
              else if (Array.isArray(parent) && draw(2)) Object.assign(edit, { insert: true });
            }
            if (tokens.length === 0) continue;
            const pointer = toPointer(tokens);
            // Overlapping edits have a test of their own.
            if (
              taken.some(
                (other) => `${other}/`.startsWith(`${pointer}/`) || `${pointer}/`.startsWith(`${other}/`),
              )
            )
              continue;
            taken.push(pointer);
            edits.push(Object.assign(edit, { pointer }));
          }
          assert.equal(canonical(JSON.parse(body.edit(edits))), canonical(reference(root, edits)));
        },
      ),
      { numRuns: 1500 },
    );
  },
);

t.test('text outside the edited values stays as it was', async () => {
  fc.assert(
    fc.property(objectText, fc.nat(), (text, number) => {
      const body = jsonTextFrom(text);
      const pointers = places(body.value).filter((tokens) => tokens.length > 0);
      if (pointers.length === 0) return true;
      const pointer = toPointer(pointers[number % pointers.length] as string[]);
      const mark = '\u0002mark';
      const marked = body.edit([{ pointer, value: mark }]);
      const [before, after] = marked.split(JSON.stringify(mark)) as [string, string];
      const removed = body.text.slice(before.length, body.text.length - after.length);
      JSON.parse(removed);
      return body.text === before + removed + after;
    }),
    { numRuns: 500 },
  );
});

t.test(
  'an edit inside a value that an earlier edit set changes that value; a later edit of a whole wins',
  async (t) => {
    const edit = (...edits: JsonEdit[]) => jsonTextFrom('{"a":{"b":1},"c":1}').edit(edits);
    t.equal(
      edit({ pointer: '/a', value: { d: [1] } }, { pointer: '/a/d/0', value: 2 }),
      '{"a":{"d":[2]},"c":1}',
    );
    t.equal(edit({ pointer: '/a/b', value: 2 }, { pointer: '/a', value: 3 }), '{"a":3,"c":1}');
    t.equal(edit({ pointer: '/a', value: undefined }, { pointer: '/a/x', value: 3 }), '{"a":{"x":3},"c":1}');
    t.equal(
      edit({ pointer: '/a', value: { d: 1 } }, { pointer: '/a/d', value: undefined }),
      '{"a":{},"c":1}',
    );
  },
);
