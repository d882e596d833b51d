import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { createGateway } from '../../core/gateway.ts';
import { silentLog } from '../../core/services/log.ts';
import { ScriptedUpstream } from '../../core/testing.ts';

const master = 'sk-master-0123456789';
const main = fileURLToPath(new URL('../../core/cli/main.ts', import.meta.url));
const run = promisify(execFile);

/** Nano-dollars for a million tokens: input, cached input, output. None of them divides by a million. */
const rates = {
  large: { input: 2_500_000_001, cached: 250_000_003, output: 9_999_999_999 },
  small: { input: 150_000_007, cached: 15_000_011, output: 600_000_013 },
} as const;

interface Sum {
  requests: number;
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cost_nano_usd: number;
}

const dollars = (nano: number) => (nano / 1e9).toFixed(9);

t.test(
  '100 requests over three keys and two models are on the report as they were, to the nano-dollar',
  async (t) => {
    const upstream = new ScriptedUpstream();
    const prices = Object.entries(rates).map(
      ([name, { input, cached, output }]) =>
        `  up/${name}: { input: $${dollars(input)}, cache_read: $${dollars(cached)}, output: $${dollars(output)} }`,
    );
    const gateway = await createGateway({
      config: {
        name: 'gateway.yaml',
        text: `auth: { master_key: ${master} }
providers: { up: { kind: openai, base_url: http://upstream.test/v1, apis: [chat], api_key: sk-up } }
models: { smart: up/large, cheap: up/small }
`,
      },
      policies: {
        '00-ledger.yaml': `plugin: ledger\nprices:\n${prices.join('\n')}\n`,
        '10-keys.yaml': 'plugin: keys\n',
        '20-limits.yaml': 'plugin: token-limiter\n',
      },
      env: {},
      data: t.testdir(),
      port: 0,
      http: upstream,
      services: { log: silentLog },
    });
    t.teardown(() => gateway.close());
    const { url } = await gateway.listen();
    const send = async (path: string, key: string, body?: object) =>
      fetch(`${url}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body === undefined ? undefined : { body: JSON.stringify(body) }),
      });
    const keys: { key: string; key_id: string }[] = [];
    for (let index = 0; index < 3; index += 1) {
      const answer = await send('/key/generate', master, { max_budget: 10 });
      keys.push((await answer.json()) as { key: string; key_id: string });
    }

    const expected = new Map<string, Sum>();
    for (let index = 0; index < 100; index += 1) {
      const [alias, name] = index % 2 === 0 ? (['smart', 'large'] as const) : (['cheap', 'small'] as const);
      const { key, key_id: keyId } = keys[index % 3]!;
      const [input, cached, output] = [1_001 + index * 37, (index % 4) * 111, 13 + index * 3];
      const usage = {
        prompt_tokens: input,
        completion_tokens: output,
        total_tokens: input + output,
        prompt_tokens_details: { cached_tokens: cached },
      };
      const base = { id: 'c', created: 1, model: 'm' };
      const stream = index % 5 === 0;
      if (stream) {
        const chunk = { ...base, object: 'chat.completion.chunk' };
        const choices = [{ index: 0, delta: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }];
        upstream.reply({ sse: [{ ...chunk, choices }, { ...chunk, choices: [], usage }, '[DONE]'] });
      } else {
        const choices = [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }];
        upstream.reply({ json: { ...base, object: 'chat.completion', choices, usage } });
      }
      const body = { model: alias, stream, max_tokens: 400, messages: [{ role: 'user', content: 'Hi' }] };
      const answer = await send('/v1/chat/completions', key, body);
      await answer.text();
      t.equal(answer.status, 200);
      const part = (tokens: number, nano: number) => Math.ceil((tokens * nano) / 1_000_000);
      const rate = rates[name];
      const cost = part(input - cached, rate.input) + part(cached, rate.cached) + part(output, rate.output);
      const group = `${keyId} up/${name}`;
      const sum = expected.get(group) ?? {
        requests: 0,
        input_tokens: 0,
        output_tokens: 0,
        cache_read_tokens: 0,
        cost_nano_usd: 0,
      };
      sum.requests += 1;
      sum.input_tokens += input;
      sum.output_tokens += output;
      sum.cache_read_tokens += cached;
      sum.cost_nano_usd += cost;
      expected.set(group, sum);
    }
    const total = [...expected.values()].reduce((sum, { cost_nano_usd: cost }) => sum + cost, 0);
    t.equal(expected.size, 6);

    type Report = { total: Sum; groups: (Sum & { key: string; model: string; cost_usd: number })[] };
    const check = (report: Report, whose: string) => {
      t.match(
        report.total,
        { requests: 100, rows: 100, errors: 0, cost_nano_usd: total },
        `${whose}: in all`,
      );
      t.equal(report.groups.length, 6, whose);
      for (const group of report.groups) {
        const name = `${group.key} ${group.model}`;
        t.match(group, expected.get(name), `${whose}: ${name}`);
        t.equal(Math.round(group.cost_usd * 1e9), group.cost_nano_usd, 'in dollars');
      }
    };
    check((await (await send('/cost/report?by=key,model', master)).json()) as Report, 'the API');

    const cli = async (format: string) => {
      const args = [main, 'cost', 'report', '--url', url, '--by', 'key,model', '--format', format];
      const env = { PATH: process.env['PATH'], SLUICE_MASTER_KEY: master };
      const options = ['--disable-warning=ExperimentalWarning', ...args];
      return (await run(process.execPath, options, { env, maxBuffer: 1e7 })).stdout;
    };
    const [json, csv] = await Promise.all([cli('json'), cli('csv')]);
    check(JSON.parse(json) as Report, 'the command');
    const [head, ...lines] = csv.trim().split('\n');
    const columns = head!.split(',');
    const at = (line: string, column: string) => line.split(',')[columns.indexOf(column)]!;
    t.equal(lines.length, 6);
    for (const line of lines) {
      const sum = expected.get(`${at(line, 'key')} ${at(line, 'model')}`);
      t.equal(Math.round(Number(at(line, 'cost_usd')) * 1e9), sum?.cost_nano_usd, 'the spreadsheet');
      t.equal(Number(at(line, 'input_tokens')), sum?.input_tokens);
    }

    for (const { key, key_id: keyId } of keys) {
      const info = (await (await send(`/key/info?key=${key}`, master)).json()) as {
        info: { spend: number; held: number };
      };
      const own = [...expected].filter(([name]) => name.startsWith(`${keyId} `));
      const spent = own.reduce((sum, [, { cost_nano_usd: cost }]) => sum + cost, 0);
      t.equal(Math.round(info.info.spend * 1e9), spent, 'and what the key is told');
      t.equal(info.info.held, 0);
    }
  },
);
