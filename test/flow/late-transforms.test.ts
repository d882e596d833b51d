import t from 'tap';
import { changeAnswer } from '../../core/response/replace-texts.ts';
import { chatEvents, chatReply, testGateway } from '../../core/testing.ts';
import { type AnyPlugin, type Chunk, definePlugin } from '../../sdk/index.ts';

const info = { file: '50-late.yaml', policyVersion: 'p' };
const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Writes capitals, each piece a turn later; fails at `!`, denies what says `no`. */
const late = definePlugin({
  name: 'late',
  summary: 'Takes its time.',
  schema: { type: 'object', properties: { kind: { enum: ['chunk', 'none'], default: 'chunk' } } },
  needs: [],
  onFailure: 'closed',
  streamMode: 'by-options',
  setup({ kind }: { readonly kind: 'chunk' | 'none' }) {
    if (kind === 'none') return {};
    return {
      streamMode: 'chunk' as const,
      holdBackChars: 7,
      afterResponse() {
        let text = '';
        let held = '';
        return {
          holdBackChars: 3,
          async push(chunk: Chunk, emit: (chunk: Chunk) => void) {
            if (chunk.type !== 'text') return emit(chunk);
            held = chunk.text;
            await soon();
            if (chunk.text.includes('!')) throw new Error('a bug');
            held = '';
            text += chunk.text;
            emit({ ...chunk, text: chunk.text.toUpperCase() });
          },
          async end() {
            await soon();
            if (text === 'no') return { type: 'deny' as const, status: 409, code: 'no_no' };
            return { type: 'continue' as const, tags: { chars: `${text.length}` } };
          },
          release(emit: (chunk: Chunk) => void) {
            emit({ type: 'text', choice: 0, text: held });
          },
        };
      },
    };
  },
});

const start = (options = '') =>
  testGateway({ plugins: [late], policies: { '50-late.yaml': `plugin: late\n${options}` } });

t.test('chunks wait for a transform that takes its time, in order', async (t) => {
  const gateway = await start();
  t.teardown(gateway.close);
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  gateway.upstream.reply({ sse: chatEvents(letters) }, chatReply('whole'));
  const response = await gateway.chat('Hi', { stream: true });
  const text = await response.text();
  t.equal(
    [...text.matchAll(/"content":"(\w)"/g)].map(([, letter]) => letter).join(''),
    letters.join('').toUpperCase(),
  );
  t.match(text, /\[DONE\]\s*$/);
  t.match(gateway.trace(response), {
    tags: { chars: '26' },
    steps: [{ reason: 'chunk, holds back at most 3 characters' }, { decision: 'continue' }],
  });
  t.match(await (await gateway.chat('Hi')).text(), 'WHOLE');
});

t.test('the provider waits while a step takes its time', async (t) => {
  const gateway = await start();
  t.teardown(gateway.close);
  const stream = gateway.upstream.open();
  const answer = gateway.chat('Hi', { stream: true });
  stream.head();
  const [first, second, ...rest] = chatEvents(['a', 'b']);
  while (gateway.upstream.calls.length === 0) await soon();
  stream.event(first!);
  t.equal(stream.paused, true);
  const response = await answer;
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let seen = '';
  while (!seen.includes('"A"')) seen += (await reader.read()).value ?? '';
  while (stream.paused) await soon();
  stream.event(second!);
  for (const event of rest) stream.event(event);
  stream.end();
  for (let part = await reader.read(); !part.done; part = await reader.read()) seen += part.value;
  t.match(seen, /"A".*"B".*\[DONE\]/s);
});

t.test('the end of a transform may deny: with its status, or as the last event', async (t) => {
  const gateway = await start();
  t.teardown(gateway.close);
  gateway.upstream.reply(chatReply('no'), { sse: chatEvents(['n', 'o']) });
  const whole = await gateway.chat('Hi');
  t.equal(whole.status, 409);
  t.equal(whole.headers.get('x-sluice-denied-by'), 'late');
  const stream = await (await gateway.chat('Hi', { stream: true })).text();
  t.match(stream, /"code":"no_no"/);
  t.notMatch(stream, /\[DONE\]|"finish_reason":"stop"/);
});

t.test('a transform that fails late follows on_failure, and open gives back what it held', async (t) => {
  for (const [mode, expected] of [
    ['open', /"A".*"b!".*"c".*\[DONE\]/s],
    ['closed', /"A".*policy_error/s],
  ] as const) {
    const gateway = await start(`on_failure: ${mode}\n`);
    gateway.upstream.reply({ sse: chatEvents(['a', 'b!', 'c']) });
    t.match(await (await gateway.chat('Hi', { stream: true })).text(), expected);
    await gateway.close();
  }
});

t.test('a late failure and a client that leaves end quietly', async (t) => {
  const gateway = await start();
  t.teardown(gateway.close);
  const stream = gateway.upstream.open();
  const gone = new AbortController();
  const body = { model: 'test', stream: true, messages: [{ role: 'user', content: 'Hi' }] };
  const answer = gateway.post('/v1/chat/completions', body, {}, gone.signal);
  stream.head();
  for (const event of chatEvents(['a', 'b'])) stream.event(event);
  await answer;
  gone.abort();
  await soon();
  t.equal(stream.aborted, true);
});

t.test('options may leave answers alone', async (t) => {
  const gateway = await start('kind: none\n');
  t.teardown(gateway.close);
  t.match(await (await gateway.chat('Hi')).text(), 'ok');
});

t.test('in shadow mode a late transform changes nothing', async (t) => {
  const own = {
    ...late,
    schema: { type: 'object' },
    setup: () => late.setup({ kind: 'chunk' }, {}, info),
  } as AnyPlugin;
  const gateway = await testGateway({
    plugins: [own],
    policies: { '50-late.yaml': 'plugin: late\nmode: shadow\n' },
  });
  t.teardown(gateway.close);
  gateway.upstream.reply({ sse: chatEvents(['n', 'o']) });
  t.match(await (await gateway.chat('Hi', { stream: true })).text(), /"n".*"o".*\[DONE\]/s);
});

t.test('a decision may change texts, arguments of calls and reasons of the end', async (t) => {
  const call = (index: number, json: string, id?: string): Chunk => ({
    type: 'tool_call',
    choice: 0,
    index,
    arguments: json,
    ...(id === undefined ? undefined : { id, name: 'f' }),
  });
  const chunks: Chunk[] = [
    call(4, '{', 'a'),
    call(7, '[', 'b'),
    call(4, '}'),
    call(7, ']'),
    { type: 'finish', choice: 0, reason: 'length' },
    { type: 'finish', choice: 1, reason: 'stop' },
  ];
  const changes = {
    texts: { 1: 'new' },
    toolArguments: { 0: { 1: '[1]' } },
    finish: { 0: 'tool_calls' },
  } as const;
  t.strictSame(changeAnswer(chunks, changes), [
    call(4, '{', 'a'),
    call(7, '[1]', 'b'),
    call(4, '}'),
    { type: 'finish', choice: 0, reason: 'tool_calls' },
    { type: 'text', choice: 1, text: 'new' },
    { type: 'finish', choice: 1, reason: 'stop' },
  ]);
});
