import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived at the scripted provider. */
export interface Arrived {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A scripted provider on a real socket. */
export interface AgentUpstream {
  readonly url: string;
  readonly arrived: readonly Arrived[];
  close(): Promise<void>;
}

/** @param answer the payloads of the stream that answers a request, each with its event name, '' for none. */
export async function agentUpstream(
  answer: (request: Arrived) => readonly (readonly [event: string, data: string])[],
): Promise<AgentUpstream> {
  const arrived: Arrived[] = [];
  const handle = async (req: IncomingMessage, res: ServerResponse) => {
    let text = '';
    for await (const piece of req.setEncoding('utf8')) text += piece as string;
    const request: Arrived = { path: req.url ?? '', body: JSON.parse(text) as Arrived['body'] };
    arrived.push(request);
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const [event, data] of answer(request)) {
      res.write(`${event === '' ? '' : `event: ${event}\n`}data: ${data}\n\n`);
    }
    res.end();
  };
  const server = createServer((req, res) => void handle(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    arrived,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** An OpenAI chat stream of one text, or of one tool call. */
export function chatStream(says: { text: string } | { tool: string; arguments: object }): [string, string][] {
  const chunk = (delta: object, finish: string | null) =>
    JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1_700_000_000,
      model: 'gpt-scripted',
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      usage: null,
    });
  const deltas: [object, string | null][] =
    'text' in says
      ? [
          [{ role: 'assistant', content: '' }, null],
          [{ content: says.text.slice(0, 5) }, null],
          [{ content: says.text.slice(5) }, null],
          [{}, 'stop'],
        ]
      : [
          [{ role: 'assistant', content: null }, null],
          [
            {
              tool_calls: [
                { index: 0, id: 'call_1', type: 'function', function: { name: says.tool, arguments: '' } },
              ],
            },
            null,
          ],
          [{ tool_calls: [{ index: 0, function: { arguments: JSON.stringify(says.arguments) } }] }, null],
          [{}, 'tool_calls'],
        ];
  const usage = JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'gpt-scripted',
    choices: [],
    usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
  });
  return [
    ...deltas.map(([delta, finish]): [string, string] => ['', chunk(delta, finish)]),
    ['', usage],
    ['', '[DONE]'],
  ];
}

/** An Anthropic stream of one text, or of one tool call. */
export function messagesStream(
  says: { text: string } | { tool: string; arguments: object },
): [string, string][] {
  const isText = 'text' in says;
  const block = isText
    ? { type: 'text', text: '' }
    : { type: 'tool_use', id: 'toolu_1', name: says.tool, input: {} };
  const delta = isText
    ? { type: 'text_delta', text: says.text }
    : { type: 'input_json_delta', partial_json: JSON.stringify(says.arguments) };
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-scripted',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 100, output_tokens: 1 },
  };
  const events: object[] = [
    { type: 'message_start', message },
    { type: 'content_block_start', index: 0, content_block: block },
    { type: 'ping' },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: isText ? 'end_turn' : 'tool_use', stop_sequence: null },
      usage: { output_tokens: 20 },
    },
    { type: 'message_stop' },
  ];
  return events.map((event) => [(event as { type: string }).type, JSON.stringify(event)]);
}
