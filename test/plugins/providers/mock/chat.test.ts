import fc from 'fast-check';
import t from 'tap';
import { ask, events, json, mock, saying } from './ask.ts';

t.test('a chat answer repeats what the user said, and counts four characters as a token', async (t) => {
  const { provider, clock } = mock();
  const heard = await ask(provider, saying('Hello there'));
  t.equal(heard.status, 200);
  t.equal(heard.headers['content-type'], 'application/json');
  t.ok(heard.ended);
  t.match(json(heard), {
    id: /^chatcmpl-[0-9a-f]{24}$/,
    object: 'chat.completion',
    created: clock.now() / 1000,
    model: 'gpt',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Mock answer to: Hello there' },
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 3, completion_tokens: 7, total_tokens: 10 },
  });
});

t.test('the same request gets the same answer, and another one another id', async (t) => {
  const { provider } = mock();
  const first = await ask(provider, saying('Hello'));
  t.equal((await ask(provider, saying('Hello'))).text, first.text);
  t.equal((await ask(mock().provider, saying('Hello'))).text, first.text, 'also from another instance');
  t.not(json(await ask(provider, saying('Hello!'))).id, json(first).id);
});

t.test('parts of a message are read, and images are counted', async (t) => {
  const content = [
    { type: 'text', text: 'Look' },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
  ];
  const answer = json(await ask(mock().provider, { model: 'gpt', messages: [{ role: 'user', content }] }));
  t.equal(answer.choices[0]?.message.content, 'Mock answer to: Look (1 image)');
  t.equal(answer.usage?.['prompt_tokens'], 86);
});

t.test('an answer longer than the limit is cut, by either name of the limit', async (t) => {
  for (const field of ['max_tokens', 'max_completion_tokens']) {
    const answer = json(await ask(mock().provider, saying('Hello there', { [field]: 3 })));
    t.equal(answer.choices[0]?.message.content, 'Mock answer ');
    t.equal(answer.choices[0]?.finish_reason, 'length');
    t.equal(answer.usage?.['completion_tokens'], 3);
  }
  const roomy = json(await ask(mock().provider, saying('Hello there', { max_tokens: 7 })));
  t.equal(roomy.choices[0]?.finish_reason, 'stop');
});

t.test('a stop sequence ends the answer before it', async (t) => {
  const answer = json(await ask(mock().provider, saying('one two', { stop: ['two', 'never'] })));
  t.equal(answer.choices[0]?.message.content, 'Mock answer to: one ');
  t.equal(answer.choices[0]?.finish_reason, 'stop');
});

t.test('n choices differ', async (t) => {
  const answer = json(await ask(mock().provider, saying('Hi', { n: 3 })));
  t.same(
    answer.choices.map(({ message }) => message.content),
    ['Mock answer to: Hi', 'Mock answer 2 to: Hi', 'Mock answer 3 to: Hi'],
  );
});

t.test(
  'a stream has the role first, then words, then one finish per choice, then the end marker',
  async (t) => {
    const heard = await ask(mock().provider, saying('Hello there', { stream: true }));
    t.match(heard.headers['content-type'], /^text\/event-stream/);
    const all = events(heard);
    t.equal(all.pop(), '[DONE]');
    const choices = all.map((event) => (event === '[DONE]' ? undefined : event.choices[0]));
    t.match(choices[0]?.delta, { role: 'assistant', content: '' });
    t.same(
      choices.slice(1, -1).map((choice) => choice?.delta.content),
      ['Mock', ' answer', ' to:', ' Hello', ' there'],
    );
    t.match(choices.at(-1), { delta: {}, finish_reason: 'stop' });
    t.ok(choices.slice(0, -1).every((choice) => choice?.finish_reason === null));
    t.notOk(heard.text.includes('usage'), 'no usage where it was not asked for');
  },
);

t.test('usage comes last on a stream that asked for it', async (t) => {
  const options = { stream: true, stream_options: { include_usage: true } };
  const all = events(await ask(mock().provider, saying('Hello there', options)));
  const last = all.at(-2);
  t.match(last, { choices: [], usage: { prompt_tokens: 3, completion_tokens: 7, total_tokens: 10 } });
  t.ok(all.slice(0, -2).every((event) => event !== '[DONE]' && event.usage === null));
});

t.test('whole and streamed answers say the same, whatever the text and the limits', async (t) => {
  const { provider } = mock();
  const request = fc.record({
    text: fc.string({ unit: 'grapheme' }),
    max_tokens: fc.option(fc.integer({ min: 0, max: 20 })),
    n: fc.integer({ min: 1, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(request, async ({ text, max_tokens, n }) => {
      const whole = json(await ask(provider, saying(text, { max_tokens, n })));
      const streamed = events(await ask(provider, saying(text, { max_tokens, n, stream: true })));
      for (const { index, message, finish_reason } of whole.choices) {
        const pieces = streamed.flatMap((event) =>
          event === '[DONE]' ? [] : event.choices.filter((choice) => choice.index === index),
        );
        const joined = pieces.map(({ delta }) => delta.content ?? '').join('');
        t.equal(joined, message.content ?? '');
        t.equal(pieces.at(-1)?.finish_reason, finish_reason);
        if (max_tokens !== null) t.ok((message.content ?? '').length <= max_tokens * 4);
        t.ok(pieces.every(({ delta }) => (delta.content ?? '').isWellFormed()));
      }
    }),
    { numRuns: 50 },
  );
});

t.test('reasoning and refusals have fields of their own', async (t) => {
  const { provider } = mock();
  const thought = json(await ask(provider, saying('Hi', { model: 'gpt+think' })));
  t.equal(thought.choices[0]?.message.reasoning_content, 'Thinking about: Hi');
  t.match(thought.usage, { completion_tokens: 10, completion_tokens_details: { reasoning_tokens: 5 } });
  const refused = json(await ask(provider, saying('Hi', { model: 'gpt+refuse' })));
  t.match(refused.choices[0], { message: { content: null, refusal: /refuse/ }, finish_reason: 'stop' });
  const streamed = await ask(provider, saying('Hi', { model: 'gpt+think', stream: true }));
  t.match(streamed.text, '"reasoning_content":"Thinking"');
});

t.test('canned replies are found by substring in any case and by pattern, the first one first', async (t) => {
  const { provider } = mock({
    replies: [
      { when: 'refund', text: 'Five days.' },
      { when: '/order \\d+/i', text: 'On its way.' },
      { when: '/^Order/', text: 'never' },
    ],
  });
  const said = async (text: string) => json(await ask(provider, saying(text))).choices[0]?.message.content;
  t.equal(await said('My REFUND please'), 'Five days.');
  t.equal(await said('Where is Order 66?'), 'On its way.');
  t.equal(await said('orders'), 'Mock answer to: orders');
});

t.test('a canned reply whose pattern is none is refused by name', async (t) => {
  t.throws(() => mock({ replies: [{ when: '/(/', text: '' }] }), {
    message: /replies: \/\(\/ is no pattern/,
  });
});

t.test('a pattern made to be slow is not', async (t) => {
  const { provider } = mock({ replies: [{ when: '/(a+)+$/', text: 'x' }] });
  const heard = await ask(provider, saying(`${'a'.repeat(5000)}!`));
  t.ok(heard.ended);
});

t.test('a request that is none is told what is wrong', async (t) => {
  const { provider } = mock();
  t.match(json(await ask(provider, { model: 'gpt' })).error, { message: /"messages"/, param: 'messages' });
  t.match(json(await ask(provider, { model: 'gpt' }, 'completions')).error, { param: 'prompt' });
  t.match(json(await ask(provider, { model: 'gpt', input: [] }, 'embeddings')).error, { message: /"input"/ });
});

t.test('legacy completions answer each prompt, whole and streamed', async (t) => {
  const { provider } = mock();
  const whole = json(await ask(provider, { model: 'gpt', prompt: ['one', 'two'], n: 2 }, 'completions'));
  t.equal(whole.object, 'text_completion');
  t.match(whole.id, /^cmpl-/);
  t.same(
    whole.choices.map(({ text }) => text),
    ['Mock answer to: one', 'Mock answer 2 to: one', 'Mock answer to: two', 'Mock answer 2 to: two'],
  );
  const options = { prompt: 'one', stream: true, stream_options: { include_usage: true } };
  const streamed = events(await ask(provider, { model: 'gpt', ...options }, 'completions'));
  t.equal(streamed.at(-1), '[DONE]');
  const texts = streamed.flatMap((event) =>
    event === '[DONE]' ? [] : event.choices.map(({ text }) => text),
  );
  t.equal(texts.join(''), 'Mock answer to: one');
  t.match(streamed.at(-2), { choices: [], usage: { total_tokens: 6 } });
});
