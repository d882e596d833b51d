import t from 'tap';
import type { Conversation } from '../../../sdk/conversation.ts';
import { carryNativeTools } from '../../../sdk/translate/native-tools.ts';

const search = { dialect: 'responses', name: 'web_search', value: { type: 'web_search' } };
const own = { name: 'look', description: '', schema: {}, strict: null };
const asked = (more: Partial<Conversation>) =>
  ({ tools: [], toolChoice: null, nativeTools: [search], ...more }) as unknown as Conversation;

t.test('a tool that the target has is carried', async (t) => {
  t.same(
    carryNativeTools(asked({}), () => 'google_search'),
    { carried: ['google_search'], dropped: [] },
  );
});

t.test('one that it has not is left out and named, where there are others', async (t) => {
  t.same(
    carryNativeTools(asked({ tools: [own] }), () => undefined),
    { carried: [], dropped: ['web_search'] },
  );
});

t.test('one that the request depends on is refused', async (t) => {
  t.throws(() => carryNativeTools(asked({}), () => undefined), /web_search/);
  const forced = asked({ tools: [own], toolChoice: { type: 'tool', name: 'web_search' } });
  t.throws(() => carryNativeTools(forced, () => undefined), /web_search/);
});
