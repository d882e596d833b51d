import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sse } from '../../core/testing.ts';
import { seeded } from './random.ts';

/** No tokenizer makes more of the requests of a drill: what the gateway holds for them is above it. */
const mostInput = 60;

/** A provider on a real socket at its worst. */
export interface UnrulyUpstream {
  readonly port: number;
  /** How often each kind of answer was given. */
  readonly given: ReadonlyMap<string, number>;
  close(): void;
}

interface Asked {
  readonly model: string;
  readonly stream?: boolean;
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
}

const base = { id: 'chatcmpl-1', created: 1, model: 'm' };

function usageOf(input: number, output: number) {
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}

function delta(content: string) {
  const choices = [{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }];
  return sse({ ...base, object: 'chat.completion.chunk', choices });
}

/**
 * Answers of every kind, by a seed: all of what the request allows, a part of it, without a count of it (and in words
 * that are longer than the gateway guesses), errors of all sorts, streams that are cut or never go on, or no answer.
 *
 * @param rough how many answers go wrong, 0 to 1.
 */
export async function startUnrulyUpstream(seed: number, rough: number): Promise<UnrulyUpstream> {
  const random = seeded(seed);
  const given = new Map<string, number>();
  const count = (kind: string) => given.set(kind, (given.get(kind) ?? 0) + 1);
  const later = (run: () => void) => setTimeout(run, 5 + random() * 90);

  function fail(res: ServerResponse, stream: boolean): void {
    const kind = random();
    if (kind < 0.25) {
      count('500');
      res.writeHead(500, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
    } else if (kind < 0.35) {
      count('429');
      res.writeHead(429, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
    } else if (kind < 0.5) {
      count('reset');
      res.socket?.resetAndDestroy();
    } else if (kind < 0.65) {
      count('hang');
    } else if (kind < 0.75) {
      count('malformed');
      res
        .writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' })
        .end('{"choices":[');
    } else {
      const hangs = kind > 0.9;
      count(hangs ? 'hang in the middle' : 'cut in the middle');
      res.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
      const part = stream ? delta('a part of it ') : '{"id":"chatcmpl-1","choices":[';
      res.write(part, () => {
        if (!hangs) later(() => res.socket?.resetAndDestroy());
      });
    }
  }

  function succeed(res: ServerResponse, { model, stream = false, ...limits }: Asked): void {
    const limit = limits.max_completion_tokens ?? limits.max_tokens ?? 100;
    const output = Math.min(limit, Math.floor(random() * (limit + 1) * 1.3));
    const usage = usageOf(Math.floor(random() * mostInput), output);
    const counted = random() < 0.8;
    count(counted ? 'answer' : 'answer without usage');
    // Cut off by its limit, in words of seven characters: one token each for many tokenizers.
    const content = model === 'judge' ? 'easy' : counted ? 'x' : 'limits '.repeat(limit);
    if (!stream) {
      const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
      res.writeHead(200, { 'content-type': 'application/json' });
      res.end(
        JSON.stringify({ ...base, object: 'chat.completion', choices, ...(counted ? { usage } : undefined) }),
      );
      return;
    }
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write(delta(content.slice(0, content.length / 2)));
    later(() => {
      if (res.destroyed) return;
      const end = {
        ...base,
        object: 'chat.completion.chunk',
        choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
      };
      const last = { ...base, object: 'chat.completion.chunk', choices: [], usage };
      res.write(delta(content.slice(content.length / 2)));
      res.end(`${sse(end)}${counted ? sse(last) : ''}data: [DONE]\n\n`);
    });
  }

  const server = createServer((req, res) => {
    let text = '';
    req.on('error', () => undefined);
    req.on('data', (piece) => {
      text += piece;
    });
    req.on('end', () => {
      const asked = JSON.parse(text) as Asked;
      later(() => {
        if (res.destroyed) return;
        if (random() < rough) fail(res, asked.stream === true);
        else succeed(res, asked);
      });
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    given,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
