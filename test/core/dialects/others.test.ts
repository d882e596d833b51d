import t from 'tap';
import { jsonTextFrom } from '../../../core/body/json-text.ts';
import { chatDialect } from '../../../core/dialects/chat/dialect.ts';
import { messagesDialect } from '../../../core/dialects/messages/dialect.ts';
import type { JsonObject } from '../../../sdk/json.ts';

const others = (body: JsonObject, dialect = chatDialect) =>
  dialect.view(jsonTextFrom(JSON.stringify(body))).others;

t.test(
  'others list what texts do not: strings, long numbers, names of members, and no words of the dialect',
  async (t) => {
    const body = {
      model: 'm',
      user: 'u-1',
      seed: 17,
      messages: [{ role: 'user', content: 'Hi', name: 'ada' }],
      tools: [
        { type: 'function', function: { name: 'f', description: 'does', parameters: { enum: ['a/b'] } } },
      ],
      'a/b': { c: 4_111_111_111_111_111, tokens: [1, 2, 3] },
    };
    t.same(
      others(body).filter(({ kind }) => kind !== 'name'),
      [
        { pointer: '/user', kind: 'text', text: 'u-1' },
        { pointer: '/messages/0/name', kind: 'text', text: 'ada' },
        { pointer: '/tools/0/function/name', kind: 'text', text: 'f' },
        { pointer: '/tools/0/function/description', kind: 'text', text: 'does' },
        { pointer: '/tools/0/function/parameters/enum/0', kind: 'text', text: 'a/b' },
        { pointer: '/a~1b/c', kind: 'number', text: '4111111111111111' },
      ],
    );
    t.same(
      others(body)
        .filter(({ kind }) => kind === 'name')
        .map(({ text }) => text),
      ['messages', 'content', 'function', 'description', 'parameters'],
    );
  },
);

t.test('texts and numbers among the others can be changed, names cannot', async (t) => {
  const body = jsonTextFrom(
    '{"model":"m","messages":[{"role":"user","content":"Hi"}],"metadata":{"account":12345678901}}',
  );
  const view = chatDialect.view(body);
  const texts = (pointer: string) => chatDialect.edits(body, view, { texts: { [pointer]: 'x' } });
  t.same(texts('/metadata/account'), [{ pointer: '/metadata/account', value: 'x' }]);
  t.throws(() => texts('/metadata'), /there is no text at/);
  t.throws(() => texts('/messages/0/role'), /there is no text at/);
});

t.test('every string of a messages body is in the one list or the other', async (t) => {
  const body = {
    model: 'm',
    max_tokens: 1,
    messages: [
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm', signature: 's' },
          { type: 'tool_use', id: 'i', name: 'f', input: { q: 'x' } },
        ],
      },
    ],
  };
  const view = messagesDialect.view(jsonTextFrom(JSON.stringify(body)));
  const all = [...view.texts, ...view.others.filter(({ kind }) => kind === 'text')]
    .map(({ text }) => text)
    .sort();
  t.same(all, ['f', 'hm', 'i', 's', 'x']);
});
