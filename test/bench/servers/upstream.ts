/**
 * The provider that every target of the benchmark talks to: a raw `net` server with canned answers.
 * Arguments: milliseconds between the chunks of a stream, chunks of a stream.
 */
import { createServer, type Socket } from 'node:net';
import { benchModel } from '../bodies.ts';
import { monotonicUs } from '../clock.ts';
import { toStamp } from '../stamp.ts';
import { announce } from './announce.ts';
import { RequestReader } from './request-reader.ts';

const intervalMs = Number(process.argv[2] ?? 10);
const chunksPerStream = Number(process.argv[3] ?? 100);

const answerBody = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_760_000_000,
  model: benchModel,
  choices: [
    { index: 0, message: { role: 'assistant', content: 'It went to the sea.' }, finish_reason: 'stop' },
  ],
  usage: { prompt_tokens: 40, completion_tokens: 6, total_tokens: 46 },
});
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${answerBody.length}\r\n\r\n${answerBody}`,
);
const streamHead = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';

let served = 0;

const server = createServer({ noDelay: true }, (socket) => {
  const reader = new RequestReader((request) => {
    served++;
    if (request.stream) stream(socket);
    else socket.write(answer);
  });
  socket.on('data', (bytes) => reader.push(bytes));
  socket.on('error', () => socket.destroy());
});

announce(server);
process.on('message', () => process.send?.({ served }));

/** Sends the chunks of one stream, each with the time of its own sending in its text. */
function stream(socket: Socket): void {
  socket.write(streamHead + httpChunk(event({ role: 'assistant', content: '' }, null)));
  let sent = 0;
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else if (sent++ < chunksPerStream) socket.write(httpChunk(stampedEvent()));
    else {
      clearInterval(timer);
      socket.write(`${httpChunk(`${event({}, 'stop')}${usageEvent}data: [DONE]\n\n`)}0\r\n\r\n`);
    }
  }, intervalMs);
}

function stampedEvent(): string {
  return event({ content: ` ${toStamp(monotonicUs())}` }, null);
}

function event(delta: object, finishReason: string | null): string {
  return sse({ choices: [{ index: 0, delta, finish_reason: finishReason }] });
}

function sse(payload: object): string {
  const common = { id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_760_000_000 };
  return `data: ${JSON.stringify({ ...common, model: benchModel, ...payload })}\n\n`;
}

const usageEvent = sse({
  choices: [],
  usage: { prompt_tokens: 40, completion_tokens: chunksPerStream, total_tokens: 40 + chunksPerStream },
});

function httpChunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}
