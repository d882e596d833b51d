/** A program in which every plugin has something to do, and a configuration in which everything is told to somebody. */
export function everything(upstreamPort: number, collectorUrl: string) {
  const provider = (name: string) =>
    `  ${name}: { kind: openai, base_url: "http://127.0.0.1:${upstreamPort}/v1", apis: [chat], api_key: soak }\n`;
  const config = `server: { drain_timeout: 2s }
providers:
${provider('one')}${provider('two')}models:
  chat: { strategy: least-latency, targets: [one/gpt, two/gpt] }
  mini: one/mini
stores: { vectors: memory }
embedder: { kind: lexical }
telemetry: { otlp: "${collectorUrl}", capture: masked, capture_size: 16mb, log_level: info }
`;
  const policies = {
    '00-ledger.yaml': 'plugin: ledger\nprices: { "*": { input: $1, output: $2 } }\n',
    '05-access-log.yaml': 'plugin: access-log\n',
    '10-keys.yaml':
      'plugin: keys\nrequired: false\ntenants: { acme: { rpm: 1000000, daily_token_cap: 100000000000 }, other: {} }\n',
    '15-pii.yaml': 'plugin: pii-redactor\naction: restore\n',
    '20-prompts.yaml': 'plugin: prompts\n',
    '25-prompt-cache.yaml': 'plugin: prompt-cache\n',
    '30-lanes.policy.ts': `import { fn, policy, route, tag, tokensIn, use } from 'sluice';
export const lanes = policy('lanes', { kind: 'shape' },
  route('short', tokensIn.lt(12), use('mini')),
  route('odd', fn('odd length', (c) => c.request.lastUser.length % 2 === 1), tag({ odd: 'yes' })));
`,
    '40-structured.yaml': 'plugin: structured-output\n',
    '50-cache.yaml': 'plugin: semantic-cache\nmax_bytes: 8mb\nttl: 5m\n',
    '60-limits.yaml':
      'plugin: token-limiter\nlimits: [{ by: tenant, per: minute, requests: 1000000 }, { by: global, per: day, usd: 100000 }]\n',
    '70-fallback.yaml': 'plugin: fallback\nretry: { max: 1 }\n',
    '80-filter.yaml':
      'plugin: jsonata-filter\nfilters: [{ name: sea, expression: \'$replace(text, "sea", "SEA")\', on: sentence }]\n',
  };
  return { config, policies };
}

const names = ['anna', 'bela', 'carl', 'dora', 'emil', 'fred', 'gina', 'hugo'];

/** Requests of several kinds: streams and whole answers, new and repeated, with personal data and without. */
export function soakQuestion(index: number) {
  const stream = index % 2 === 0;
  const person = names[index % names.length]!;
  // Every fifth is one that was asked before.
  const number = index % 5 === 0 ? index % 50 : index;
  const content = `Question ${number}: ${person}.${number}@example.com asks about the river, the road and the mill. ${'More of it. '.repeat(index % 30)}`;
  return {
    path: '/v1/chat/completions',
    headers: {
      'content-type': 'application/json',
      'x-tenant-id': index % 3 === 0 ? 'acme' : 'other',
      'x-feature-id': `feature-${index % 7}`,
      'x-session-id': `session-${index % 1000}`,
    },
    body: JSON.stringify({
      model: 'chat',
      stream,
      max_tokens: 100,
      user: `user-${index % 500}`,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content },
      ],
    }),
    wholeWith: stream ? 'data: [DONE]' : '"finish_reason"',
  };
}
