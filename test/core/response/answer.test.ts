import t from 'tap';
import { AnswerBuilder } from '../../../core/response/answer.ts';

t.test('chunks become an answer, choice by choice and call by call', async (t) => {
  const builder = new AnswerBuilder();
  builder.add([
    { type: 'text', choice: 1, text: 'b' },
    { type: 'text', choice: 0, text: 'a' },
    { type: 'reasoning', choice: 0, text: 'because' },
    { type: 'tool_call', choice: 0, index: 1, id: 'c1', name: 'g', arguments: '{}' },
    { type: 'tool_call', choice: 0, index: 0, id: 'c0', name: 'f', arguments: '{"x"' },
    { type: 'opaque', value: { any: 1 } },
  ]);
  t.equal(builder.build(200, null).choices[0]?.text, 'a');
  builder.add([
    { type: 'text', choice: 0, text: 'aa' },
    { type: 'tool_call', choice: 0, index: 0, arguments: ':1}' },
    { type: 'finish', choice: 0, reason: 'tool_calls' },
  ]);
  t.same(builder.build(200, 'm'), {
    status: 200,
    model: 'm',
    usage: null,
    choices: [
      {
        text: 'aaa',
        reasoning: 'because',
        refusal: '',
        toolCalls: [
          { id: 'c0', name: 'f', arguments: '{"x":1}' },
          { id: 'c1', name: 'g', arguments: '{}' },
        ],
        finish: 'tool_calls',
      },
      { text: 'b', reasoning: '', refusal: '', toolCalls: [], finish: null },
    ],
  });
});

t.test('text beyond the bound is not kept, and the builder says so', async (t) => {
  const builder = new AnswerBuilder({ maxChars: 4 });
  builder.add([{ type: 'text', choice: 0, text: 'abc' }]);
  t.equal(builder.truncated, false);
  builder.add([{ type: 'text', choice: 0, text: 'def' }]);
  t.equal(builder.truncated, true);
  t.equal(builder.build(200, null).choices[0]?.text, 'abc');
});
