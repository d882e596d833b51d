import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { SseDecoder } from '../../../core/response/sse-decoder.ts';

type Events = [data: string, event: string][];

function decode(pieces: readonly (string | Buffer)[]): { events: Events; clean: boolean } {
  const events: Events = [];
  const decoder = new SseDecoder((data, event) => events.push([data, event]));
  for (const piece of pieces) decoder.push(Buffer.from(piece));
  return { events, clean: decoder.end() };
}

t.test('an event is its data, with or without one space after the colon', async (t) => {
  t.same(decode(['data: {"a":1}\n\ndata:{"b":2}\n\ndata:  x\n\n']), {
    events: [
      ['{"a":1}', ''],
      ['{"b":2}', ''],
      [' x', ''],
    ],
    clean: true,
  });
});

t.test('lines end with LF, CRLF or CR, mixed as they like', async (t) => {
  t.same(decode(['data: a\r\n\r\ndata: b\r\rdata: c\n\ndata: d\r\n\n']).events, [
    ['a', ''],
    ['b', ''],
    ['c', ''],
    ['d', ''],
  ]);
});

t.test(
  'several data lines are joined, a field without a colon is empty, other fields are skipped',
  async (t) => {
    const text =
      ': ping\nid: 7\nretry: 10\nevent: error\ndata: a\ndata\ndata: b\nfoo: x\n\ndata:\n\nevent: x\n\ndata: c\n\n';
    t.same(decode([text]).events, [
      ['a\n\nb', 'error'],
      ['', ''],
      ['c', ''],
    ]);
  },
);

t.test('a byte order mark at the start is skipped', async (t) => {
  t.same(decode(['\ufeffdata: a\n\n']).events, [['a', '']]);
  t.same(decode([Buffer.from([0xef]), Buffer.from([0xbb, 0xbf]), 'data: a\n\n']).events, [['a', '']]);
});

t.test('an event without its blank line is a truncation and no event', async (t) => {
  for (const text of [
    'data: a\n\ndata: b',
    'data: a\n\ndata: b\n',
    'data: a\n\nda',
    'data: a\n\nevent: x\n',
    'data: a\n\nid: 1',
  ]) {
    t.same(decode([text]), { events: [['a', '']], clean: false }, text);
  }
  t.same(decode([Buffer.from('data: a\n\ndata: é').subarray(0, -1)]).clean, false);
});

t.test('comments, blank lines and a last [DONE] without its blank line are no truncation', async (t) => {
  for (const text of [
    'data: a\n\n: pi',
    'data: a\n\n\n\n',
    'data: a\n\ndata: [DONE]',
    'data: a\n\ndata: [DONE]\n',
  ]) {
    t.same(decode([text]), { events: [['a', '']], clean: true }, text);
  }
});

t.test('an event longer than the bound is an error, in one line or in many', async (t) => {
  for (const line of ['x'.repeat(30), `${'x'.repeat(12)}\ndata: ${'x'.repeat(12)}\n`]) {
    const decoder = new SseDecoder(() => {}, { maxEventChars: 20 });
    t.throws(() => decoder.push(Buffer.from(`data: ${line}`)), { name: 'FramingError' });
  }
});

t.test('every way of cutting a stream gives the same events', async () => {
  const line = fc.oneof(
    fc.constantFrom('data: {"a":1}', 'data:é😀漢', 'data', 'event: x', ': c', 'id: 1', '', '', ''),
    fc
      .string({ unit: 'binary', maxLength: 6 })
      .map((text) => `data: ${text.replace(/[\r\n\ud800-\udfff]/g, '')}`),
  );
  const stream = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 14 });
  fc.assert(
    fc.property(stream, fc.array(fc.nat(200), { maxLength: 12 }), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((pair) => pair.join('')).join(''));
      const whole = decode([bytes]);
      assert.deepEqual(decode([...bytes].map((byte) => Buffer.from([byte]))), whole);
      const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      assert.deepEqual(decode(at.slice(1).map((to, index) => bytes.subarray(at[index], to))), whole);
    }),
    { numRuns: 1000 },
  );
});

t.test('whatever the stream, names, data and raw texts give its bytes again, however it is cut', async () => {
  const line = fc.constantFrom(
    'data: {"a":1}',
    'data:{"b":"ü€😀"}',
    'data: padded   ',
    'data',
    'event: ping',
    'event:x',
    'event: ',
    'id: 7',
    'retry: 10',
    ': comment',
    ':',
  );
  const end = fc.constantFrom('\n', '\n', '\n', '\r\n', '\r');
  const event = fc.tuple(fc.array(fc.tuple(line, end), { minLength: 1, maxLength: 4 }), end);
  const stream = fc
    .array(event, { maxLength: 6 })
    .map((events) =>
      events.map(([lines, blank]) => `${lines.map((parts) => parts.join('')).join('')}${blank}`).join(''),
    );
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 5 }), (text, places) => {
      // A CR and an LF that were meant as two line ends are one: the text is what counts.
      const bytes = Buffer.from(text);
      let out = '';
      const decoder = new SseDecoder(
        (data, name, raw) => {
          out += raw ?? `${name === '' ? '' : `event: ${name}\n`}data: ${data}\n\n`;
        },
        {
          onIdle: (raw) => {
            out += raw;
          },
        },
      );
      const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
      let from = 0;
      for (const cut of [...cuts, bytes.length]) {
        decoder.push(bytes.subarray(from, cut));
        from = cut;
      }
      if (decoder.end()) assert.equal(out, text);
    }),
    { numRuns: 500 },
  );
});
