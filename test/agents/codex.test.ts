import t from 'tap';
import { agentMissing, gatewayFor, runAgent, workFolder } from './run-agent.ts';
import { agentUpstream, messagesStream } from './upstream.ts';

t.test(
  'Codex runs a command and answers, on a provider that speaks Anthropic messages',
  { skip: agentMissing('codex'), timeout: 110_000 },
  async (t) => {
    const folder = workFolder();
    const upstream = await agentUpstream(({ body }) => {
      const messages = body['messages'] as readonly { content: unknown }[];
      return JSON.stringify(messages).includes('tool_result')
        ? messagesStream({ text: 'The word in the file is pomegranate.' })
        : messagesStream({ tool: 'exec_command', arguments: { cmd: 'cat note.txt' } });
    });
    const gateway = await gatewayFor(`{ kind: anthropic, base_url: "${upstream.url}", api_key: sk-up }`);
    t.teardown(async () => {
      await gateway.close();
      await upstream.close();
      folder.remove();
    });

    const provider = `{name="sluice",base_url="${gateway.url}/v1",wire_api="responses",env_key="SLUICE_KEY"}`;
    const { code, out, log } = await runAgent(
      'codex',
      [
        'exec',
        '--skip-git-repo-check',
        '--dangerously-bypass-approvals-and-sandbox',
        '-c',
        'model_provider=sluice',
        '-c',
        `model_providers.sluice=${provider}`,
        '-m',
        'smart',
        'Which word is in note.txt?',
      ],
      {
        cwd: folder.work,
        timeoutMs: 100_000,
        env: { HOME: folder.home, CODEX_HOME: folder.home, SLUICE_KEY: 'sk-client' },
      },
    );
    t.equal(code, 0, `${out}${log}`.slice(-2000));
    t.match(out, /The word in the file is pomegranate\./);

    const last = upstream.arrived.at(-1)!.body;
    const text = JSON.stringify(last['messages']);
    t.equal(last['model'], 'scripted');
    t.match(text, /"type":"tool_use","id":"toolu_1","name":"exec_command"/);
    t.match(text, /"type":"tool_result","tool_use_id":"toolu_1"/);
    t.match(text, /The secret word is pomegranate/, 'the output of the command came back');
    t.ok((last['tools'] as unknown[]).length > 2, 'the tools were offered');
  },
);
