import t from 'tap';
import { IssuedItems } from '../../core/services/issued-items.ts';
import { testGateway } from '../../core/testing.ts';
import { FakeClock } from '../../sdk/testing/clock.ts';

const config = `
providers:
  claude: { kind: anthropic, base_url: http://claude.test, api_key: sk-claude }
  gpt: { kind: openai, base_url: http://gpt.test/v1, api_key: sk-gpt, apis: [responses] }
models:
  claude: claude/claude-sonnet-4-5
  gpt: gpt/gpt-5
`;
const reply = {
  json: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [{ type: 'text', text: 'Four.' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 5 },
  },
};
const mine = { authorization: 'Bearer sk-mine' };

/** Asks once, and gives the id of the item that came. */
async function issued(post: Awaited<ReturnType<typeof testGateway>>['post'], more: object = {}) {
  const body = { model: 'claude', input: 'Two and two?', ...more };
  const answer = (await (await post('/v1/responses', body, mine)).json()) as { output: { id: string }[] };
  return answer.output[0]!.id;
}
const followUp = (id: string) => ({
  model: 'claude',
  input: [
    { role: 'user', content: 'Two and two?' },
    { type: 'item_reference', id },
    { role: 'user', content: 'And one more?' },
  ],
});

t.test('an item that the gateway wrote can be referred to, and policies see it', async (t) => {
  const policy = `import { content, deny, onRequest, policy } from 'sluice';
export const p = policy('p', { kind: 'guard' }, onRequest('no-fives', content(/Five/), deny(403, 'no_fives')));
`;
  const { post, upstream, close } = await testGateway({ config, policies: { '10-p.policy.ts': policy } });
  t.teardown(close);
  upstream.reply(reply, reply);
  const id = await issued(post);
  t.equal((await post('/v1/responses', followUp(id), mine)).status, 200);
  t.match(upstream.calls[1]!.json, {
    messages: [{}, { role: 'assistant', content: [{ text: 'Four.' }] }, {}],
  });

  const five = { ...reply, json: { ...reply.json, content: [{ type: 'text', text: 'Five.' }] } };
  upstream.reply(five);
  const bad = await issued(post);
  t.equal((await post('/v1/responses', followUp(bad), mine)).status, 403);
});

t.test('nobody else finds it, nor anybody where storing was not wanted', async (t) => {
  const { post, upstream, close } = await testGateway({ config });
  t.teardown(close);
  upstream.reply(reply, reply);
  const id = await issued(post);
  const stranger = await post('/v1/responses', followUp(id), { authorization: 'Bearer sk-other' });
  t.equal(stranger.status, 400);
  t.match(await stranger.json(), { error: { message: /store: false/ } });
  const unstored = await issued(post, { store: false });
  t.equal((await post('/v1/responses', followUp(unstored), mine)).status, 400);
});

t.test('references to items of a provider that keeps its own stay as they are', async (t) => {
  const { post, upstream, close } = await testGateway({ config });
  t.teardown(close);
  const body = JSON.stringify({ ...followUp('msg_theirs'), model: 'gpt' });
  await (await post('/v1/responses', body, mine)).text();
  t.equal(upstream.calls[0]!.request.body, body.replace('"gpt"', '"gpt-5"'));
});

t.test('the memory forgets by age and by size', async (t) => {
  const clock = new FakeClock();
  const items = new IssuedItems(clock);
  items.keep('me', 'a', '1');
  t.equal(items.find('me', 'a'), '1');
  t.equal(items.find('you', 'a'), undefined);
  clock.advance(1_900_000);
  t.equal(items.find('me', 'a'), '1', 'the generation before is there');
  clock.advance(1_900_000);
  t.equal(items.find('me', 'a'), undefined);
  items.keep('me', 'a', '1');
  clock.advance(10_000_000);
  t.equal(items.find('me', 'a'), undefined, 'also when nobody asked in between');
  const large = 'x'.repeat(200_000);
  for (let index = 0; index < 200; index++) items.keep('me', `item ${index}`, large);
  t.equal(items.find('me', 'item 0'), undefined);
  t.equal(items.find('me', 'item 199'), large);
  items.keep('me', 'huge', 'x'.repeat(1_000_000));
  t.equal(items.find('me', 'huge'), undefined);
});
