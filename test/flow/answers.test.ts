import fc from 'fast-check';
import t from 'tap';
import { chatEvents, chatReply, testGateway } from '../../core/testing.ts';
import { type AnyPlugin, type ChunkTransform, definePlugin } from '../../sdk/index.ts';

const noOptions = { type: 'object', properties: {} } as const;

/** Replaces a word wherever the stream cuts it, holding back what may be its beginning. */
function replacing(word: string, by: string): () => ChunkTransform {
  return () => {
    const held = new Map<number, string>();
    return {
      push(chunk, emit) {
        if (chunk.type !== 'text') return emit(chunk);
        const text = (held.get(chunk.choice) ?? '') + chunk.text;
        const replaced = text.replaceAll(word, by);
        let keep = Math.min(word.length - 1, replaced.length);
        while (keep > 0 && !word.startsWith(replaced.slice(-keep))) keep -= 1;
        held.set(chunk.choice, replaced.slice(replaced.length - keep));
        emit({ ...chunk, text: replaced.slice(0, replaced.length - keep) });
      },
      end(emit) {
        for (const [choice, text] of held) if (text !== '') emit({ type: 'text', choice, text });
      },
    };
  };
}

const chunkPlugin = (name: string, word: string, by: string): AnyPlugin =>
  definePlugin({
    name,
    summary: 'Replaces a word.',
    schema: noOptions,
    needs: [],
    onFailure: 'closed',
    streamMode: 'chunk',
    holdBackChars: word.length - 1,
    setup: () => ({ afterResponse: replacing(word, by) }),
  });

function textOf(stream: string): string {
  return stream
    .split('\n\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)).choices?.[0]?.delta?.content ?? '')
    .join('');
}

t.test('a chunk plugin gives the same text for every way of cutting, whole answers included', async (t) => {
  const plugins = [chunkPlugin('first', 'banana', 'apple'), chunkPlugin('second', 'apple', 'pear')];
  // Answers pass back up the folder: `second` runs before `first`, so an apple that `first` makes stays one.
  const { chat, upstream, close } = await testGateway({
    plugins,
    policies: { '10-first.yaml': 'plugin: first', '20-second.yaml': 'plugin: second' },
  });
  t.teardown(close);
  const text = 'A banana, an apple, a bananana and bana';
  const expected = 'A apple, an pear, a applena and bana';
  upstream.reply(chatReply(text));
  t.match(await (await chat('Hi')).json(), { choices: [{ message: { content: expected } }] });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 12 }), async (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), text.length];
      const pieces = edges.slice(1).map((edge, index) => text.slice(edges[index], edge));
      upstream.reply({ sse: chatEvents(pieces) });
      const stream = await (await chat('Hi', { stream: true })).text();
      t.equal(textOf(stream), expected);
      t.ok(stream.endsWith('data: [DONE]\n\n'));
      t.equal(stream.match(/"finish_reason":"stop"/g)?.length, 1);
    }),
    { numRuns: 60 },
  );
});

t.test('an observer sees the answer and changes nothing', async (t) => {
  const seen: string[] = [];
  const observer = definePlugin({
    name: 'watch',
    summary: 'Watches.',
    schema: noOptions,
    needs: [],
    onFailure: 'open',
    streamMode: 'observe',
    setup: () => ({
      afterResponse: () => ({
        chunk: (chunk) => void seen.push(chunk.type),
        end: (answer) => {
          seen.push(`end ${answer.choices[0]?.text}`);
          throw new Error('an observer that fails');
        },
      }),
    }),
  });
  const { chat, upstream, close } = await testGateway({
    plugins: [observer],
    policies: { '10-w.yaml': 'plugin: watch' },
  });
  t.teardown(close);
  const events = chatEvents(['Hel', 'lo']);
  upstream.reply({ sse: events });
  const text = await (await chat('Hi', { stream: true })).text();
  t.equal(
    text,
    events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join(''),
  );
  t.strictSame(seen, ['text', 'text', 'finish', 'end Hello']);
});

const whole = (decide: (text: string) => Promise<unknown>) =>
  definePlugin({
    name: 'judge',
    summary: 'Needs the whole answer.',
    schema: noOptions,
    needs: [],
    onFailure: 'closed',
    streamMode: 'whole',
    setup: () => ({
      afterResponse: async (_ctx, _state, answer) => decide(answer.choices[0]!.text) as never,
    }),
  });

t.test(
  'a whole plugin sees the finished answer before the client sees a byte, and may replace or refuse it',
  async (t) => {
    const judge = whole(async (text) =>
      text.includes('bad')
        ? { type: 'deny', status: 422, code: 'bad_answer', message: 'No.' }
        : text.includes('long')
          ? { type: 'continue', texts: { 0: 'short' } }
          : undefined,
    );
    const { chat, upstream, trace, close } = await testGateway({
      plugins: [judge],
      policies: { '10-j.yaml': 'plugin: judge' },
    });
    t.teardown(close);
    for (const stream of [false, true]) {
      const reply = (text: string) => (stream ? { sse: chatEvents([...text]) } : chatReply(text));
      upstream.reply(reply('fine as it is'), reply('far too long'), reply('a bad one'));
      const same = await (await chat('Hi', { stream })).text();
      t.equal(stream ? textOf(same) : JSON.parse(same).choices[0].message.content, 'fine as it is');
      const changed = await (await chat('Hi', { stream })).text();
      t.equal(stream ? textOf(changed) : JSON.parse(changed).choices[0].message.content, 'short');
      const refused = await chat('Hi', { stream });
      t.equal(refused.status, 422);
      t.match(await refused.json(), { error: { code: 'bad_answer' } });
      t.match(trace(refused), { outcome: 'denied' });
    }
  },
);

t.test(
  'a stream that a whole plugin waits for can still move to another target when it is cut',
  async (t) => {
    const judge = whole(async () => undefined);
    const { chat, upstream, close } = await testGateway({
      plugins: [judge],
      policies: { '10-j.yaml': 'plugin: judge' },
      config:
        'providers: { up: { kind: openai, base_url: http://up.test/v1 } }\nmodels: { test: [up/a, up/b] }',
    });
    t.teardown(close);
    upstream.reply(
      { sse: chatEvents(['lost']).slice(0, 1), failure: { kind: 'cut', message: '' } },
      { sse: chatEvents(['kept']) },
    );
    t.equal(textOf(await (await chat('Hi', { stream: true })).text()), 'kept');
  },
);

t.test(
  'a transform that fails ends the answer when it fails closed and lets it pass when open',
  async (t) => {
    for (const onFailure of ['open', 'closed'] as const) {
      const shaky = definePlugin({
        name: 'shaky',
        summary: 'Fails on the second chunk.',
        schema: noOptions,
        needs: [],
        onFailure,
        streamMode: 'chunk',
        holdBackChars: 0,
        setup: () => ({
          afterResponse: () => {
            let count = 0;
            return {
              push(chunk, emit) {
                count += 1;
                if (count === 2) throw new Error('broken');
                emit(chunk);
              },
            };
          },
        }),
      });
      const { chat, upstream, close } = await testGateway({
        plugins: [shaky],
        policies: { '10-s.yaml': 'plugin: shaky' },
      });
      upstream.reply({ sse: chatEvents(['one ', 'two ', 'three']) });
      const text = await (await chat('Hi', { stream: true })).text();
      if (onFailure === 'open') t.equal(textOf(text), 'one two three');
      else {
        t.equal(textOf(text), 'one ');
        t.match(text, /policy_error/);
        t.notMatch(text, /\[DONE\]/);
      }
      await close();
    }
  },
);
