import fc from 'fast-check';
import t from 'tap';
import type { Block, Conversation, Turn } from '../../../sdk/conversation.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import { emptyConversation } from '../../../sdk/testing/conversation.ts';
import { tidyTurns } from '../../../sdk/translate/turns.ts';

const empty: Conversation = emptyConversation;

const text = (value: string): Block => ({ type: 'text', text: value });
const call = (id: string): Block => ({ type: 'tool_call', id, name: 'look', arguments: '{}' });
const result = (callId: string): Block => ({
  type: 'tool_result',
  callId,
  content: [{ type: 'text', text: `of ${callId}` }],
  isError: false,
});
const tidy = (...turns: Turn[]) => tidyTurns({ ...empty, turns });

t.test('turns of one side that follow each other become one', async (t) => {
  const turns = tidy({ role: 'user', blocks: [text('a')] }, { role: 'user', blocks: [text('b')] });
  t.same(turns, [{ role: 'user', blocks: [text('a'), text('b')] }]);
});

t.test('results come first, in the order of their calls, whatever the order they were sent in', async (t) => {
  const turns = tidy(
    { role: 'assistant', blocks: [call('1'), call('2')] },
    { role: 'user', blocks: [text('by the way'), result('2')] },
    { role: 'user', blocks: [result('1')] },
  );
  t.same(turns[1]?.blocks, [result('1'), result('2'), text('by the way')]);
});

t.test('a call that was never carried out gets a result that says so', async (t) => {
  const stopped = tidy({ role: 'assistant', blocks: [call('1')] }, { role: 'user', blocks: [text('stop')] });
  t.match(stopped[1]?.blocks[0], { type: 'tool_result', callId: '1', isError: true });
  t.same(stopped[1]?.blocks[1], text('stop'));
  const last = tidy({ role: 'assistant', blocks: [call('1')] });
  t.match(last[1]?.blocks, [{ type: 'tool_result', callId: '1', isError: true }]);
});

t.test('a result that answers no call is refused with its id', async (t) => {
  t.throws(() => tidy({ role: 'user', blocks: [result('9')] }), /"9"/);
  t.throws(
    () => tidy({ role: 'assistant', blocks: [text('x')] }, { role: 'user', blocks: [result('9')] }),
    GatewayError,
  );
});

t.test('an instruction in the middle stays in its place, marked', async (t) => {
  const turns = tidy(
    { role: 'user', blocks: [text('a')] },
    { role: 'system', blocks: [text('be brief')] },
    { role: 'assistant', blocks: [text('b')] },
  );
  t.same(turns[0]?.blocks, [text('a'), text('<system>\nbe brief\n</system>')]);
});

t.test('whatever the turns, sides alternate and every call has its result right behind it', async (t) => {
  const turn = fc.record({
    role: fc.constantFrom('user' as const, 'assistant' as const, 'system' as const),
    count: fc.nat(3),
    calls: fc.nat(3),
  });
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 12 }), (plan) => {
      let next = 0;
      const turns = plan.map(({ role, count, calls }): Turn => {
        const blocks = Array.from({ length: count }, (_, index) => text(`${index}`));
        if (role === 'assistant') for (let made = 0; made < calls; made++) blocks.push(call(`c${next++}`));
        return { role, blocks };
      });
      const out = tidy(...turns);
      for (const [index, { role, blocks }] of out.entries()) {
        if (index > 0) t.not(role, out[index - 1]?.role);
        const ids = blocks.flatMap((block) => (block.type === 'tool_call' ? [block.id] : []));
        const answered = (out[index + 1]?.blocks ?? []).flatMap((block) =>
          block.type === 'tool_result' ? [block.callId] : [],
        );
        if (role === 'assistant') t.same(answered, ids);
      }
    }),
    { numRuns: 100 },
  );
});
