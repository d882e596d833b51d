import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../sdk/json.ts';
import { anthropicTurn } from './anthropic-turn.ts';
import { openAiTurn } from './openai-turn.ts';

/** One request as it arrived. */
export interface Arrived {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: JsonObject;
}

/** What an upstream answers: JSON, or the events of a stream, each as it stands on the wire. */
export type Answer =
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly json: JsonObject;
    }
  | {
      readonly events: readonly string[] /** The connection breaks off after the events. */;
      readonly cut?: boolean;
    };

/** A provider on a real socket: calls the tool it is offered, and answers once the request holds the tool's result. */
export interface Upstream {
  readonly url: string;
  readonly arrived: readonly Arrived[];
  /** Answers the next request by hand. */
  next(answer: Answer): void;
  /** Forgets what arrived and what was to come. */
  reset(): void;
  close(): Promise<void>;
}

/** Answers as `api.anthropic.com` does. */
export function anthropicUpstream(): Promise<Upstream> {
  return upstream(anthropicTurn);
}

/** Answers as `api.openai.com` does on chat completions. */
export function openAiUpstream(): Promise<Upstream> {
  return upstream(openAiTurn);
}

async function upstream(turn: (request: Arrived) => Answer): Promise<Upstream> {
  const arrived: Arrived[] = [];
  const scripted: Answer[] = [];
  const server = createServer((req, res) => {
    void read(req).then((request) => {
      arrived.push(request);
      return write(res, scripted.shift() ?? turn(request));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    arrived,
    next: (answer) => void scripted.push(answer),
    reset() {
      arrived.length = 0;
      scripted.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(req: IncomingMessage): Promise<Arrived> {
  const pieces: Buffer[] = [];
  for await (const piece of req) pieces.push(piece as Buffer);
  const body = JSON.parse(Buffer.concat(pieces).toString()) as JsonObject;
  return { path: req.url ?? '', headers: req.headers, body };
}

async function write(res: ServerResponse, answer: Answer): Promise<void> {
  if ('json' in answer) {
    res.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
    res.end(JSON.stringify(answer.json));
    return;
  }
  res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  for (const event of answer.events) {
    res.write(event);
    // Each event in a packet of its own, as providers send them.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (answer.cut === true) res.destroy();
  else res.end();
}
