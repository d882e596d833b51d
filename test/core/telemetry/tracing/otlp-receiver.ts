import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One span as it came over the wire. */
export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** '' where there is none. */
  readonly parentSpanId: string;
  readonly kind: number;
  /** Nanoseconds since the epoch. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code: number; readonly message: string };
  readonly resource: Readonly<Record<string, unknown>>;
}

/** A collector: a real HTTP server that decodes OTLP's protobuf. */
export interface OtlpReceiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** Everything that was sent, as it came. */
  readonly bodies: readonly Buffer[];
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** What it answers; 200 at first. */
  status: number;
  close(): Promise<void>;
}

export async function otlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const bodies: Buffer[] = [];
  const requests: { path: string; headers: IncomingHttpHeaders }[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(pieces);
      requests.push({ path: request.url ?? '', headers: request.headers });
      bodies.push(body);
      if (receiver.status === 200) spans.push(...decodeExport(body));
      response.writeHead(receiver.status, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: OtlpReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    bodies,
    requests,
    status: 200,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

/** Fields of a protobuf message by number, in the order they came: numbers as bigint, the rest as bytes. */
type Message = ReadonlyMap<number, readonly (bigint | Buffer)[]>;

/** https://protobuf.dev/programming-guides/encoding/ */
function decodeMessage(bytes: Buffer): Message {
  const fields = new Map<number, (bigint | Buffer)[]>();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const take = (length: number) => {
    if (at + length > bytes.length) throw new Error('the message is cut');
    at += length;
    return bytes.subarray(at - length, at);
  };
  const read = (wireType: number) => {
    if (wireType === 0) return varint();
    if (wireType === 1) return take(8);
    if (wireType === 2) return take(Number(varint()));
    if (wireType === 5) return take(4);
    throw new Error(`no such wire type: ${wireType}`);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const values = fields.get(tag >> 3) ?? [];
    values.push(read(tag & 7));
    fields.set(tag >> 3, values);
  }
  return fields;
}

const messages = (message: Message, field: number) =>
  (message.get(field) ?? []).map((bytes) => decodeMessage(bytes as Buffer));
const bytesOf = (message: Message, field: number) =>
  (message.get(field)?.at(-1) ?? Buffer.alloc(0)) as Buffer;
const textOf = (message: Message, field: number) => bytesOf(message, field).toString('utf8');
const intOf = (message: Message, field: number) => Number((message.get(field)?.at(-1) ?? 0n) as bigint);

/** Field numbers of https://github.com/open-telemetry/opentelemetry-proto (trace.proto, common.proto, resource.proto). */
function decodeExport(body: Buffer): ReceivedSpan[] {
  return messages(decodeMessage(body), 1).flatMap((resourceSpans) => {
    const resource = attributesOf(messages(resourceSpans, 1)[0]!, 1);
    return messages(resourceSpans, 2).flatMap((scopeSpans) =>
      messages(scopeSpans, 2).map((span) => spanOf(span, resource)),
    );
  });
}

function spanOf(span: Message, resource: Readonly<Record<string, unknown>>): ReceivedSpan {
  const [status] = messages(span, 15);
  return {
    traceId: bytesOf(span, 1).toString('hex'),
    spanId: bytesOf(span, 2).toString('hex'),
    parentSpanId: bytesOf(span, 4).toString('hex'),
    name: textOf(span, 5),
    kind: intOf(span, 6),
    start: bytesOf(span, 7).readBigUInt64LE(),
    end: bytesOf(span, 8).readBigUInt64LE(),
    attributes: attributesOf(span, 9),
    status:
      status === undefined
        ? { code: 0, message: '' }
        : { code: intOf(status, 3), message: textOf(status, 2) },
    resource,
  };
}

function attributesOf(message: Message, field: number): Record<string, unknown> {
  return Object.fromEntries(
    messages(message, field).map((pair) => [textOf(pair, 1), anyValue(messages(pair, 2)[0]!)]),
  );
}

function anyValue(value: Message): unknown {
  if (value.has(1)) return textOf(value, 1);
  if (value.has(2)) return intOf(value, 2) === 1;
  if (value.has(3)) return intOf(value, 3);
  if (value.has(4)) return bytesOf(value, 4).readDoubleLE();
  if (value.has(5)) return messages(messages(value, 5)[0]!, 1).map(anyValue);
  throw new Error(`no such value: ${[...value.keys()]}`);
}
