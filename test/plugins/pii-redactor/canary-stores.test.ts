import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { chatReply, type TestGateway, testGateway } from '../../../core/testing.ts';
import { semanticCache } from '../../../plugins/semantic-cache/plugin.ts';
import type { CacheEntry } from '../../../sdk/cache-store.ts';
import type { AnyPlugin } from '../../../sdk/plugin.ts';
import type { Services } from '../../../sdk/services.ts';
import type { VectorEntry } from '../../../sdk/vectors.ts';
import { otlpReceiver } from '../../core/telemetry/tracing/otlp-receiver.ts';
import { bodies, clean, secrets } from './canary.ts';

/** What the cache was given to keep. */
interface Kept {
  readonly exact: { readonly key: string; readonly meta: unknown; readonly text: string }[];
  readonly vectors: { readonly namespace: string; readonly entries: readonly VectorEntry[] }[];
  readonly embedded: string[];
}

/** The cache's plugin over its real stores, with somebody looking over its shoulder. */
function watchedCache(kept: Kept): AnyPlugin {
  const watch = <Of extends object>(real: Of, over: Partial<Of>): Of =>
    new Proxy(real, {
      get(target, name) {
        const own = Reflect.get(over, name) as unknown;
        if (own !== undefined) return own;
        const value = Reflect.get(target, name, target) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  const plugin = semanticCache as AnyPlugin;
  return {
    ...plugin,
    setup(options: unknown, services: Services, info: never) {
      const cache = watch(services.cache, {
        put(entry: CacheEntry) {
          const { key, meta, value } = entry;
          kept.exact.push({ key, meta, text: Buffer.from(value).toString('utf8') });
          return services.cache.put(entry);
        },
      });
      const vectors = watch(services.vectors, {
        add(namespace, entries) {
          kept.vectors.push({ namespace, entries });
          services.vectors.add(namespace, entries);
        },
      });
      return plugin.setup(options, { ...services, cache, vectors }, info);
    },
  } as AnyPlugin;
}

interface Started extends TestGateway {
  readonly kept: Kept;
  readonly data: string;
}

const inMemory = 'stores: { vectors: memory }\n';

async function start(t: Test, more = inMemory, pii = ''): Promise<Started> {
  const kept: Kept = { exact: [], vectors: [], embedded: [] };
  const data = t.testdir();
  const gateway = await testGateway({
    config: `
providers:
  up:     { kind: openai, base_url: http://up.test/v1, api_key: sk-up }
  claude: { kind: anthropic, base_url: http://claude.test, api_key: sk-claude }
models: { test: up/model, claude: claude/model }
${more}`,
    data,
    policies: {
      '00-ledger.yaml': 'plugin: ledger\n',
      '10-pii.yaml': `plugin: pii-redactor\nrules: [{ name: employee, pattern: 'E-\\d{6}' }]\n${pii}`,
      '50-cache.yaml': 'plugin: semantic-cache\nguard: off\nfloor: 0.5\n',
      '90-log.yaml': 'plugin: access-log\n',
    },
    plugins: [watchedCache(kept)],
  });
  t.teardown(() => gateway.close());
  return { ...gateway, kept, data };
}

/** Every file under a folder, as one text for each encoding that text may have on disk. */
function* filesUnder(folder: string): Generator<readonly [name: string, texts: readonly string[]]> {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = readFileSync(join(entry.parentPath, entry.name));
    yield [entry.name, [bytes.toString('latin1'), bytes.toString('utf16le')]];
  }
}

async function until(is: () => boolean): Promise<void> {
  for (let tries = 0; tries < 5000 && !is(); tries++) await sleep(5);
}

const asJson = (value: unknown) =>
  JSON.stringify(value, (_, part: unknown) => (part instanceof Float32Array ? undefined : part));

t.test('no endpoint that asks a model is left out', async (t) => {
  const { gateway } = await start(t);
  t.strictSame(
    gateway.routes
      .filter(({ method, access }) => method === 'POST' && access === 'inference')
      .map(({ path }) => path)
      .sort(),
    Object.keys(bodies).sort(),
  );
});

t.test('no secret is in a cache, a metric, a span, an error or a file', async (t) => {
  const receiver = await otlpReceiver();
  t.teardown(() => receiver.close());
  const started = await start(t, `telemetry: { otlp: "${receiver.url}", capture: masked }\n`);
  const { gateway, post, get, upstream, log, kept, data, clock } = started;
  upstream.otherwise((request) => {
    if (request.path.includes('embeddings'))
      return { json: { object: 'list', data: [], usage: { prompt_tokens: 1, total_tokens: 1 } } };
    if (request.path.includes('count_tokens')) return { json: { input_tokens: 7 } };
    if (request.origin.includes('claude'))
      return {
        json: {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model: 'model',
          content: [{ type: 'text', text: 'Dear <EMAIL_1>.' }],
          stop_reason: 'end_turn',
          usage: { input_tokens: 5, output_tokens: 3 },
        },
      };
    return chatReply('Dear <EMAIL_1>, about <CARD_1>.');
  });
  let requests = 0;
  for (const [path, list] of Object.entries(bodies)) {
    for (const body of list) {
      requests += 1;
      const response = await post(path, body);
      await response.text();
      clean(t, `${path} headers`, [...response.headers]);
      clean(t, `${path} trace`, gateway.trace(response.headers.get('x-request-id')!));
    }
  }
  // Plain questions, which the cache keeps for certain, and their twins.
  for (const text of [
    `How long does a refund to ${secrets.iban} take?`,
    `How long does the refund to ${secrets.iban} take?`,
  ]) {
    for (let twice = 0; twice < 2; twice++) {
      requests += 1;
      await (
        await post('/v1/chat/completions', { model: 'test', messages: [{ role: 'user', content: text }] })
      ).text();
    }
  }
  for (const call of upstream.calls)
    clean(t, 'upstream', [call.json, call.request.headers, call.request.path]);
  clean(t, 'metrics', await (await get('/metrics')).text());
  clean(t, 'spend', await (await get('/spend/logs')).text());
  clean(t, 'report', await (await get('/cost/report?by=tenant,feature,model,key')).text());
  clean(t, 'log', log.lines);

  t.ok(kept.exact.length > 0, 'answers are kept');
  t.ok(kept.vectors.length > 0, 'prompts are kept');
  clean(t, 'exact cache', kept.exact);
  clean(t, 'vectors', asJson(kept.vectors));
  t.ok(
    kept.exact.some(({ text }) => text.includes('<EMAIL_1>')),
    'with pseudonyms',
  );

  await clock.advance(5_000);
  await until(() => receiver.spans.some(({ name }) => name === 'gateway.request'));
  await gateway.close();
  t.equal(receiver.spans.filter(({ name }) => name === 'gateway.request').length, requests);
  for (const body of receiver.bodies) clean(t, 'OTLP', body.toString('latin1'));
  clean(t, 'log at the end', log.lines);

  let tables = 0;
  let rows = 0;
  for (const [name, texts] of filesUnder(data)) {
    for (const written of texts) clean(t, `file ${name}`, written);
    // The look is real: what may be there is found.
    if (name.endsWith('.lance') && texts[0]!.includes('<iban_1>')) tables++;
    if (name.startsWith('sluice.db') && texts[0]!.includes('req_')) rows++;
  }
  t.ok(rows > 0, 'the ledger’s file was looked at');
  t.ok(tables > 0, 'tables of vectors were looked at');
});

t.test(
  'a cache after the redactor holds pseudonyms, and a hit gets the names of its own request',
  async (t) => {
    const { post, upstream, kept } = await start(t);
    upstream.reply(chatReply('Dear <EMAIL_1>, your card <CARD_1> is fine.'));
    const ask = async (email: string, card: string, stream = false) => {
      const response = await post('/v1/chat/completions', {
        model: 'test',
        stream,
        messages: [{ role: 'user', content: `I am ${email}. Is my card ${card} fine?` }],
      });
      const text = await response.text();
      return { text, cache: response.headers.get('x-gateway-cache') };
    };
    const first = await ask('ada@example.com', '4012 8888 8888 1881');
    t.match(first, { text: /Dear ada@example\.com, your card 4012 8888 8888 1881 is fine\./, cache: 'miss' });
    const second = await ask('bob@example.org', '5555 5555 5555 4444');
    t.match(second, {
      text: /Dear bob@example\.org, your card 5555 5555 5555 4444 is fine\./,
      cache: 'exact',
    });
    t.notMatch(second.text, /ada|4012/);
    const third = await ask('eve@example.net', '3782 822463 10005', true);
    t.equal(third.cache, 'exact');
    const said = [...third.text.matchAll(/"content":"([^"]*)"/g)].map(([, piece]) => piece).join('');
    t.equal(said, 'Dear eve@example.net, your card 3782 822463 10005 is fine.');
    t.equal(upstream.calls.length, 1);
    t.ok(kept.exact.every(({ text }) => !/ada@|4012/.test(text)));
  },
);

t.test('a semantic hit gets the names of its own request', async (t) => {
  const { post, upstream } = await start(t);
  upstream.reply(chatReply('Dear <EMAIL_1>, it takes five days.'));
  const ask = async (content: string) => {
    const response = await post('/v1/chat/completions', {
      model: 'test',
      messages: [{ role: 'user', content }],
    });
    return { text: await response.text(), cache: response.headers.get('x-gateway-cache') };
  };
  t.match(await ask('I am ada@example.com. How long does a refund take?'), { cache: 'miss' });
  const hit = await ask('I am bob@example.org. How long does the refund take?');
  t.match(hit, { text: /Dear bob@example\.org, it takes five days\./, cache: 'semantic' });
  t.notMatch(hit.text, /ada/);
  t.equal(upstream.calls.length, 1);
});

t.test('what was found in an answer is counted in the trace, without its values', async (t) => {
  const { post, upstream, gateway, log } = await start(t, inMemory, 'action: mask\n');
  for (const stream of [false, true]) {
    upstream.reply(chatReply(`Write to ${secrets.email} or ${secrets.email}; card ${secrets.card}.`));
    if (stream) {
      const delta = (content: string) => ({ choices: [{ index: 0, delta: { content } }] });
      upstream.reply({
        sse: [
          ...`Write to ${secrets.email} or ${secrets.email}; card ${secrets.card}.`
            .match(/.{1,7}/g)!
            .map(delta),
          { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
          '[DONE]',
        ],
      });
    }
    const response = await post('/v1/chat/completions', {
      model: 'test',
      stream,
      messages: [{ role: 'user', content: `Hi ${stream}` }],
    });
    await response.text();
    const trace = gateway.trace(response.headers.get('x-request-id')!)!;
    t.match(trace.tags, { 'pii.answer.email': '2', 'pii.answer.card': '1' });
    const steps = trace.steps.filter(({ hook, name }) => hook === 'afterResponse' && name === 'pii-redactor');
    t.match(steps, [
      { reason: 'chunk, holds back at most 64 characters' },
      { details: { found: { email: 2, card: 1 }, restored: 0 } },
    ]);
    clean(t, 'trace', trace);
  }
  clean(t, 'log', log.lines);
});
