import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { recordingFiles, recordingsFolder } from '../../../../core/replay/recordings.ts';
import { chatReply, settled, testGateway } from '../../../../core/testing.ts';
import { type OtlpReceiver, otlpReceiver } from '../tracing/otlp-receiver.ts';

const email = 'jane.canary@example.com';
const other = 'bob.canary@example.org';
const key = 'sk-canary-client-key';

const configOf = (otlp: string, capture: string) => `
providers: { up: { kind: openai, base_url: http://up.test/v1, api_key: sk-canary-up } }
models: { test: up/a }
telemetry: { otlp: "${otlp}", ${capture} }
`;

interface Seen {
  readonly receiver: OtlpReceiver;
  /** Everything that left for the collector or came to a file. */
  readonly everything: string;
  readonly recorded: string;
  readonly answer: string;
  readonly warnings: readonly string[];
  readonly metrics: string;
}

/** Asks one question with personal data in it; the provider answers with other personal data. */
async function ask(
  t: Test,
  capture: string,
  policies: Readonly<Record<string, string>>,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Seen> {
  const receiver = await otlpReceiver();
  t.teardown(() => receiver.close());
  const data = t.testdir();
  const gateway = await testGateway({ config: configOf(receiver.url, capture), policies, data });
  const { upstream, chat, clock, get, log } = gateway;
  upstream.reply(chatReply(`write to ${other}`));
  const response = await chat(`I am ${email}, a canary`, more, { authorization: `Bearer ${key}` });
  const answer = await response.text();
  t.equal(response.status, 200, answer);
  await clock.advance(1);
  await clock.advance(1000);
  while (!receiver.spans.some(({ name }) => name === 'gateway.provider')) await settled();
  const metrics = await (await get('/metrics')).text();
  await gateway.close();
  const files = await recordingFiles(recordingsFolder(data));
  const recorded = files.map((file) => readFileSync(file, 'utf8')).join('');
  const warnings = log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
  const everything = `${receiver.bodies.map((body) => body.toString('latin1')).join('')}${recorded}`;
  t.notMatch(everything, key, 'credentials never');
  t.notMatch(everything, 'sk-canary-up');
  return { receiver, everything, recorded, answer, warnings, metrics };
}

function contentOf({ receiver }: Seen): Readonly<Record<string, unknown>> {
  const { attributes } = receiver.spans.find(({ name }) => name === 'gateway.provider')!;
  const named = Object.entries(attributes).filter(([name]) => /messages|instructions/.test(name));
  return Object.fromEntries(named.map(([name, value]) => [name, JSON.parse(value as string)]));
}

const redactor = (options: string) => ({ '30-pii.yaml': `plugin: pii-redactor\n${options}\n` });

t.test('nothing is captured unless it is configured', async (t) => {
  const seen = await ask(t, 'sample: 1', {});
  t.notMatch(seen.everything, 'canary');
  t.strictSame(contentOf(seen), {});
  t.equal(seen.recorded, '');
  t.match(seen.metrics, /^sluice_captures_total 0$/m);
});

t.test(
  'full: what the client sent and got, in the words of the GenAI conventions, and a record',
  async (t) => {
    const seen = await ask(t, 'capture: full', redactor('action: restore'));
    t.match(contentOf(seen), {
      'gen_ai.input.messages': [
        { role: 'user', parts: [{ type: 'text', content: `I am ${email}, a canary` }] },
      ],
      'gen_ai.output.messages': [
        {
          role: 'assistant',
          parts: [{ type: 'text', content: `write to ${other}` }],
          finish_reason: 'stop',
        },
      ],
    });
    t.match(JSON.parse(seen.recorded), {
      seed: /^req_/,
      request: { api: 'chat', body: { messages: [{ content: `I am ${email}, a canary` }] } },
      upstream: [{ text: `write to ${other}`, finish: 'stop' }],
    });
    t.match(seen.metrics, /^sluice_captures_total 1$/m);
  },
);

for (const [action, sees] of [
  ['restore', true],
  ['mask', false],
  ['report', true],
] as const) {
  t.test(
    `masked: no personal data of either side, whatever the redactor does with it (${action})`,
    async (t) => {
      const seen = await ask(t, 'capture: masked', redactor(`action: ${action}`), {
        user: email,
        tools: [{ type: 'function', function: { name: 'f', description: `ask ${email}`, parameters: {} } }],
      });
      t.notMatch(seen.everything, email);
      t.notMatch(seen.everything, other);
      t.match(seen.everything, /a canary/, 'and all the rest');
      const [question] = contentOf(seen)['gen_ai.input.messages'] as { parts: { content: string }[] }[];
      t.match(question!.parts[0]!.content, /^I am (\[email\]|<\w+>), a canary$/i);
      t.match(contentOf(seen)['gen_ai.output.messages'], [{ parts: [{ content: 'write to [email]' }] }]);
      const record = JSON.parse(seen.recorded);
      t.equal(record.ip, undefined);
      t.match(record.upstream, [{ text: 'write to [email]' }]);
      if (sees) t.match(seen.answer, other, 'the client gets what it always gets');
      t.strictSame(seen.warnings, []);
    },
  );
}

for (const [name, policies] of [
  ['no plugin masks', {}],
  ['the redactor only looks on', redactor('mode: shadow')],
] as const) {
  t.test(`masked captures nothing where ${name}, and says so`, async (t) => {
    const seen = await ask(t, 'capture: masked', policies);
    t.notMatch(seen.everything, 'canary');
    t.match(seen.warnings, [/telemetry\.capture is masked and nothing is captured: no plugin.*pii-redactor/]);
    t.match(seen.metrics, /^sluice_captures_lost_total\{reason="not_masked"\} 1$/m);
  });
}

t.test('masked captures nothing of a request that the redactor does not apply to', async (t) => {
  const seen = await ask(t, 'capture: masked', redactor('match: tenant.plan = "free"'));
  t.notMatch(seen.everything, 'canary');
  t.match(seen.metrics, /^sluice_captures_lost_total\{reason="not_masked"\} 1$/m);
});

t.test('what is longer than capture_limit is left out and counted; a share of none is none', async (t) => {
  const long = await ask(t, 'capture: full, capture_limit: 50b', {});
  t.notMatch(long.everything, 'canary');
  t.match(long.metrics, /^sluice_captures_lost_total\{reason="too_large"\} 1$/m);
  const none = await ask(t, 'capture: full, capture_sample: 0', {});
  t.notMatch(none.everything, 'canary');
});

t.test('capture_size: 0mb keeps no files', async (t) => {
  const seen = await ask(t, 'capture: full, capture_size: 0mb', {});
  t.equal(seen.recorded, '');
  t.match(contentOf(seen)['gen_ai.input.messages'], [{ role: 'user' }]);
});
