import t from 'tap';
import { agentMissing, gatewayFor, runAgent, workFolder } from './run-agent.ts';
import { agentUpstream, chatStream } from './upstream.ts';

t.test(
  'Claude Code reads a file and answers, on a provider that speaks OpenAI chat',
  { skip: agentMissing('claude'), timeout: 110_000 },
  async (t) => {
    const folder = workFolder();
    const upstream = await agentUpstream(({ body }) => {
      const messages = body['messages'] as readonly { role: string; content: unknown }[];
      if (messages.some((message) => message.role === 'tool')) {
        return chatStream({ text: 'The word in the file is pomegranate.' });
      }
      const offers = Array.isArray(body['tools']) && body['tools'].length > 0;
      return offers
        ? chatStream({ tool: 'Read', arguments: { file_path: `${folder.work}/note.txt` } })
        : chatStream({ text: '{"title": "Read a note"}' });
    });
    const gateway = await gatewayFor(`{ kind: openai, base_url: "${upstream.url}/v1", api_key: sk-up }`);
    t.teardown(async () => {
      await gateway.close();
      await upstream.close();
      folder.remove();
    });

    const { code, out, log } = await runAgent(
      'claude',
      [
        '-p',
        'Which word is in note.txt?',
        '--model',
        'smart',
        '--output-format',
        'json',
        '--allowedTools',
        'Read',
      ],
      {
        cwd: folder.work,
        timeoutMs: 100_000,
        env: {
          HOME: folder.home,
          ANTHROPIC_BASE_URL: gateway.url,
          ANTHROPIC_API_KEY: 'sk-client',
          ANTHROPIC_SMALL_FAST_MODEL: 'smart',
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        },
      },
    );
    t.equal(code, 0, `${out}${log}`.slice(0, 2000));
    const result = JSON.parse(out) as Record<string, unknown>;
    t.equal(result['is_error'], false);
    t.equal(result['result'], 'The word in the file is pomegranate.');
    t.equal(result['num_turns'], 2);
    t.match(result['usage'], { input_tokens: 200, output_tokens: 40 }, 'the usage of both turns');

    const last = upstream.arrived.map(({ body }) => body).findLast((body) => Array.isArray(body['tools']))!;
    const messages = last['messages'] as readonly Record<string, unknown>[];
    t.equal(last['model'], 'scripted');
    t.equal(messages[0]?.['role'], 'system');
    const at = messages.findIndex((message) => message['role'] === 'tool');
    t.match(messages[at], { role: 'tool', tool_call_id: 'call_1', content: /pomegranate/ });
    t.match(messages[at - 1], {
      role: 'assistant',
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'Read' } }],
    });
  },
);
