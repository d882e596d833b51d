/**
 * What everything is compared with: the plainest proxy that still does the work. It reads the body, parses it,
 * rewrites the model, prints it, sends it with `undici.request` and pipes the answer back.
 * Argument: the upstream's address.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request } from 'undici';
import { benchModel } from '../bodies.ts';
import { announce } from './announce.ts';

const upstream = `${process.argv[2]}/v1/chat/completions`;

announce(
  createServer((incoming, outgoing) => {
    const pieces: Buffer[] = [];
    incoming.on('data', (piece: Buffer) => pieces.push(piece));
    incoming.on('end', () => {
      forward(Buffer.concat(pieces), outgoing).catch(() => outgoing.destroy());
    });
    incoming.on('error', () => outgoing.destroy());
  }),
);

async function forward(bytes: Buffer, outgoing: ServerResponse<IncomingMessage>): Promise<void> {
  const body = JSON.parse(bytes.toString('utf8')) as { model: string };
  body.model = benchModel;
  const answer = await request(upstream, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer bench' },
    body: JSON.stringify(body),
  });
  const type = String(answer.headers['content-type'] ?? 'application/json');
  const length = answer.headers['content-length'];
  outgoing.writeHead(
    answer.statusCode,
    length === undefined
      ? { 'content-type': type }
      : { 'content-type': type, 'content-length': String(length) },
  );
  answer.body.pipe(outgoing);
}
