import t from 'tap';
import { geminiFraming } from '../../../../plugins/providers/gemini/framing.ts';

/** The events in a text, which comes in pieces that end at these places. */
function events(
  text: string,
  cuts: readonly number[] = [],
): { found: string[]; clean: boolean; idle: number } {
  const bytes = Buffer.from(text);
  const found: string[] = [];
  let idle = 0;
  const framer = geminiFraming.framer(
    (data) => found.push(data),
    () => idle++,
  );
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    framer.push(bytes.subarray(from, cut));
    from = cut;
  }
  return { found, clean: framer.end(), idle };
}

const cases = [
  [
    'CRLF, as Gemini sends',
    'data: {"a":1}\r\n\r\ndata: {"b":"ü😀"}\r\n\r\n',
    ['{"a":1}', '{"b":"ü😀"}'],
    true,
  ],
  ['LF', 'data: 1\n\ndata:2\n\n', ['1', '2'], true],
  ['CR', 'data: 1\r\rdata: 2\r\r', ['1', '2'], true],
  ['several data lines', 'data: 1\ndata: 2\n\n', ['1\n2'], true],
  ['other fields', 'event: x\nid: 3\nretry: 1\nfoo\ndata: 1\n\n', ['1'], true],
  ['an event without its end', 'data: 1\n\ndata: 2\n', ['1'], false],
  ['half a line', 'data: 1\n\ndat', ['1'], false],
  ['nothing', '', [], true],
  [
    'a bare error at the end',
    'data: 1\r\n\r\n{\r\n  "error": {\r\n    "code": 503\r\n  }\r\n}\r\n',
    ['1', '{\n  "error": {\n    "code": 503\n  }\n}'],
    true,
  ],
  [
    'a bare error without a line end',
    'data: 1\n\n{"error":{"code":503}}',
    ['1', '{"error":{"code":503}}'],
    true,
  ],
  ['a bare error between events', '[{\n"error":1}]\n\ndata: 2\n\n', ['[{\n"error":1}]', '2'], true],
  ['a bare error right before an event', '{"error":1}\ndata: 2\n\n', ['{"error":1}', '2'], true],
  ['half a bare error', 'data: 1\n\n{"error":\n', ['1'], false],
] as const;

for (const [name, text, expected, clean] of cases) {
  t.test(`${name}, cut at every byte`, async (t) => {
    t.match(events(text), { found: expected, clean });
    const length = Buffer.byteLength(text);
    for (let at = 1; at < length; at++)
      t.match(events(text, [at]), { found: expected, clean }, `cut at ${at}`);
    const single = Array.from({ length }, (_, at) => at);
    t.match(events(text, single), { found: expected, clean }, 'byte by byte');
  });
}

t.test('comments are no events', async (t) => {
  t.same(events(': ping\n\ndata: 1\n\n: pong'), { found: ['1'], clean: true, idle: 2 });
});

t.test('an event without an end is given up', async (t) => {
  const framer = geminiFraming.framer(() => {});
  const piece = Buffer.alloc(8 * 1024 * 1024, 'a');
  t.throws(
    () => {
      for (let count = 0; count < 9; count++) framer.push(piece);
    },
    { name: 'FramingError' },
  );
});
