import fc from 'fast-check';
import t from 'tap';
import {
  type EventStreamMessage,
  EventStreamReader,
} from '../../../../plugins/providers/bedrock/event-stream.ts';
import {
  converseFraming,
  endOfStream,
  invokeFraming,
} from '../../../../plugins/providers/bedrock/framing.ts';
import { type Framing, FramingError } from '../../../../sdk/wire.ts';
import { chunkFrame, encodeFrame, eventFrame, exceptionFrame } from './frames.ts';
import type { FramedEvent } from './kit.ts';

function read(pieces: readonly Buffer[]) {
  const messages: { headers: Record<string, string>; payload: string }[] = [];
  const reader = new EventStreamReader(({ headers, payload }: EventStreamMessage) => {
    messages.push({ headers: { ...headers }, payload: payload.toString('utf8') });
  });
  for (const piece of pieces) reader.push(piece);
  return { messages, whole: reader.whole };
}

function frame(framing: Framing, ...pieces: readonly Buffer[]) {
  const events: FramedEvent[] = [];
  const framer = framing.framer((data, event) => events.push({ data, event }));
  for (const piece of pieces) framer.push(piece);
  return { end: framer.end(), events };
}

t.test(
  'messages come out as they were written, whatever their headers and wherever they are cut',
  async () => {
    const header = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.constantFrom(
        { type: 0, value: Buffer.alloc(0) },
        { type: 1, value: Buffer.alloc(0) },
        { type: 2, value: Buffer.from([1]) },
        { type: 3, value: Buffer.alloc(2) },
        { type: 4, value: Buffer.alloc(4) },
        { type: 5, value: Buffer.alloc(8) },
        { type: 6, value: Buffer.from([0, 3, 7, 7, 7]) },
        { type: 8, value: Buffer.alloc(8) },
        { type: 9, value: Buffer.alloc(16) },
      ),
    );
    const names = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...'abc:-é') });
    const message = fc.tuple(fc.dictionary(names, header, { maxKeys: 5 }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (written, cuts) => {
          const bytes = Buffer.concat(written.map(([headers, payload]) => encodeFrame(headers, payload)));
          const places = [...new Set(cuts.map((cut) => cut % bytes.length))].sort((a, b) => a - b);
          const pieces = [0, ...places].map((from, index) =>
            bytes.subarray(from, places[index] ?? bytes.length),
          );
          const { messages, whole } = read(pieces);
          const expected = written.map(([headers, payload]) => ({
            headers: Object.fromEntries(
              Object.entries(headers).filter(([, value]) => typeof value === 'string'),
            ),
            payload,
          }));
          return whole && JSON.stringify(messages) === JSON.stringify(expected);
        },
      ),
    );
  },
);

t.test(
  'every cut of a stream is noticed, and nothing of a message is told before its checksum',
  async (t) => {
    const frames = [
      eventFrame('messageStart', { role: 'assistant' }),
      eventFrame('x', { text: '日本語 🎉' }),
    ];
    const bytes = Buffer.concat(frames);
    for (let length = 0; length <= bytes.length; length += 1) {
      const { messages, whole } = read([bytes.subarray(0, length)]);
      const complete = length < frames[0]!.length ? 0 : length < bytes.length ? 1 : 2;
      if (messages.length !== complete || whole !== [0, frames[0]!.length, bytes.length].includes(length)) {
        t.fail(`cut at ${length}: ${messages.length} messages, whole: ${whole}`);
      }
    }
  },
);

t.test('a changed byte anywhere is an error as soon as its part is there, and stays one', async (t) => {
  const good = eventFrame('contentBlockDelta', { delta: { text: 'Hello' } });
  for (let at = 0; at < good.length; at += 1) {
    const bad = Buffer.from(good);
    bad[at]! ^= 0x10;
    const reader = new EventStreamReader(() => t.fail('told a broken message'));
    let thrown: unknown;
    try {
      reader.push(bad);
    } catch (error) {
      thrown = error;
    }
    if (!(thrown instanceof FramingError)) t.fail(`byte ${at}: ${String(thrown)}`);
    if (reader.whole) t.fail('a broken stream is not whole');
    t.throws(() => reader.push(good), FramingError);
  }
});

t.test('lengths that cannot be are refused before any byte is waited for', async (t) => {
  const { crc32 } = await import('node:zlib');
  for (const [total, headers] of [
    [0xffff_ffff, 0],
    [64 * 1024 * 1024, 10],
    [15, 0],
    [100, 85],
    [1024 * 1024, 256 * 1024],
  ] as const) {
    const prelude = Buffer.alloc(12);
    prelude.writeUInt32BE(total, 0);
    prelude.writeUInt32BE(headers, 4);
    prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
    t.throws(() => read([prelude]), FramingError);
  }
});

t.test('headers that overrun or have an unknown type are refused, never looped over', async (t) => {
  for (const headers of [
    { a: { type: 99, value: Buffer.alloc(4) } },
    { a: { type: 7, value: Buffer.from([255, 255]) } },
    { a: { type: 6, value: Buffer.from([0]) } },
    { a: { type: 5, value: Buffer.alloc(3) } },
  ]) {
    t.throws(() => read([encodeFrame(headers, '')]), FramingError);
  }
});

t.test('arbitrary bytes are messages, more to wait for, or an error, and nothing else', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        read([Buffer.from(bytes)]);
        return true;
      } catch (error) {
        return error instanceof FramingError;
      }
    }),
  );
});

t.test('a large message in small pieces is joined once', async (t) => {
  const bytes = eventFrame('x', { text: 'a'.repeat(4_000_000) });
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 10) pieces.push(bytes.subarray(at, at + 10));
  // Joining at every piece would copy 800 GB.
  t.equal(read(pieces).messages.length, 1);
});

t.test('events of Converse have their type for a name, and the end is told', async (t) => {
  const { events, end } = frame(converseFraming, eventFrame('messageStart', { role: 'assistant' }));
  t.same(events, [
    { event: 'messageStart', data: '{"role":"assistant"}' },
    { event: endOfStream, data: '' },
  ]);
  t.equal(end, true);
});

t.test('a stream that ends inside a message says so, and tells no end', async (t) => {
  const bytes = eventFrame('messageStart', { role: 'assistant' });
  t.same(frame(converseFraming, bytes.subarray(0, -1)), { end: false, events: [] });
});

t.test('exceptions and errors carry their names in the payload', async (t) => {
  const error = encodeFrame(
    { ':message-type': 'error', ':error-code': 'InternalFailure', ':error-message': 'Sorry' },
    '',
  );
  const { events } = frame(
    converseFraming,
    exceptionFrame('throttlingException', { message: 'Slow down' }),
    error,
  );
  t.same(events.slice(0, 2), [
    { event: 'throttlingException', data: '{"message":"Slow down","__type":"throttlingException"}' },
    { event: 'InternalFailure', data: '{"message":"Sorry","__type":"InternalFailure"}' },
  ]);
});

t.test("InvokeModel's chunks are unwrapped to Anthropic's own events", async (t) => {
  const event = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'grüße 🎉' } };
  const late = { index: 1, type: 'content_block_stop' };
  const { events, end } = frame(
    invokeFraming,
    chunkFrame(event),
    eventFrame('unknown', {}),
    chunkFrame(late),
    exceptionFrame('modelStreamErrorException', { message: 'Oops', originalStatusCode: 500 }),
  );
  t.equal(end, true);
  t.same(events.slice(0, 2), [
    { event: 'content_block_delta', data: JSON.stringify(event) },
    { event: 'content_block_stop', data: JSON.stringify(late) },
  ]);
  t.equal(events[2]!.event, 'error');
  t.match(JSON.parse(events[2]!.data), {
    type: 'error',
    error: { type: 'api_error', message: 'Oops' },
    __type: 'modelStreamErrorException',
  });
  t.throws(() => frame(invokeFraming, eventFrame('chunk', { p: 'no bytes' })), FramingError);
});
