import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { ndjsonFraming } from '../../../../plugins/providers/ollama/ndjson.ts';
import { FramingError } from '../../../../sdk/wire.ts';

function frame(pieces: readonly Buffer[]): { lines: string[]; clean: boolean } {
  const lines: string[] = [];
  const framer = ndjsonFraming.framer((data) => lines.push(data));
  for (const piece of pieces) framer.push(piece);
  return { lines, clean: framer.end() };
}

t.test('every line is an event, whatever its line end, and empty lines are none', async (t) => {
  t.strictSame(frame([Buffer.from('{"a":1}\n{"b":2}\r\n\n\r\n{"c":3}\n')]), {
    lines: ['{"a":1}', '{"b":2}', '{"c":3}'],
    clean: true,
  });
});

t.test('a last line without its line end counts if it is whole, and is a cut otherwise', async (t) => {
  t.strictSame(frame([Buffer.from('{"a":1}\n{"b":2}')]), { lines: ['{"a":1}', '{"b":2}'], clean: true });
  t.strictSame(frame([Buffer.from('{"a":1}\n{"b":')]), { lines: ['{"a":1}'], clean: false });
  t.strictSame(frame([Buffer.from('{"a":1}\n  \n')]), { lines: ['{"a":1}'], clean: true });
  t.strictSame(frame([]), { lines: [], clean: true });
});

t.test('the same lines come out, wherever the bytes are cut', async () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })), fc.constantFrom('\n', '\r\n')),
      ),
      fc.array(fc.nat({ max: 400 })),
      (objects, cuts) => {
        const lines = objects.map(([object]) => JSON.stringify(object));
        const bytes = Buffer.from(objects.map(([, end], index) => lines[index] + end).join(''));
        const at = [...new Set(cuts.map((cut) => Math.min(cut, bytes.length)))].sort((a, b) => a - b);
        const pieces = [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length));
        deepStrictEqual(frame(pieces), { lines, clean: true });
      },
    ),
  );
});

t.test('bytes of any kind are framed without a throw', async () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (pieces) => {
      frame(pieces.map((piece) => Buffer.from(piece)));
    }),
  );
});

t.test('a line without an end is refused, not kept for ever', async (t) => {
  const framer = ndjsonFraming.framer(() => undefined);
  const piece = Buffer.alloc(1024 * 1024, 'x');
  t.throws(() => {
    for (let count = 0; count < 10; count++) framer.push(piece);
  }, FramingError);
});
