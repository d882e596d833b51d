import t from 'tap';
import { jsonTextFrom } from '../../../../core/body/json-text.ts';
import { completionsDialect as dialect } from '../../../../core/dialects/completions/dialect.ts';
import type { RequestChanges } from '../../../../sdk/change.ts';
import type { JsonObject } from '../../../../sdk/json.ts';

const of = (prompt: JsonObject[string], more: JsonObject = {}) =>
  jsonTextFrom(JSON.stringify({ model: 'm', prompt, ...more }));
const changed = (body: ReturnType<typeof of>, changes: RequestChanges) =>
  JSON.parse(body.edit(dialect.edits(body, dialect.view(body), changes))) as JsonObject;

t.test('a prompt is text, texts or tokens', async (t) => {
  for (const prompt of ['', 'a', ['a', 'b'], [1, 2], [[1, 2], [3]]]) dialect.validate(of(prompt).value);
  for (const [prompt, param] of [
    [undefined, 'prompt'],
    [[], 'prompt'],
    [{}, 'prompt'],
    [['a', 1], 'prompt[1]'],
    [[['a']], 'prompt[0]'],
    [[null], 'prompt[0]'],
  ] as const) {
    t.throws(() => dialect.validate(of(prompt as JsonObject[string]).value), {
      code: 'invalid_request',
      param,
    });
  }
});

t.test('the view shows the prompts as the user’s, tokens by their number', async (t) => {
  const it = dialect.view(of(['a', 'bcd'], { suffix: 's', max_tokens: 4, stream: true }));
  t.same(it.texts, [
    { pointer: '/prompt/0', role: 'user', text: 'a' },
    { pointer: '/prompt/1', role: 'user', text: 'bcd' },
    { pointer: '/suffix', role: 'user', text: 's' },
  ]);
  t.match(it, { api: 'completions', lastUser: 'bcd', maxOutputTokens: 4, stream: true, inputTokens: 2 });
  t.equal(dialect.view(of([[1, 2], [3]])).inputTokens, 3);
  t.same(dialect.view(of('x')).texts, [{ pointer: '/prompt', role: 'user', text: 'x' }]);
});

t.test('changes go into prompt and max_tokens', async (t) => {
  t.same(changed(of('x'), { texts: { '/prompt': 'y' }, maxOutputTokens: 9 }), {
    model: 'm',
    prompt: 'y',
    max_tokens: 9,
  });
  t.same(changed(of(['x', 'y']), { system: { prepend: 'P', append: 'A' } })['prompt'], [
    'P\n\nA\n\nx',
    'P\n\nA\n\ny',
  ]);
  t.throws(() => changed(of([1]), { system: { prepend: 'P' } }), {
    code: 'unsupported_parameter',
    param: 'prompt',
  });
});

t.test('a canned answer is streamed and whole in the shape of text completions', async (t) => {
  const meta = { id: 'req_1', createdAtMs: 9000, model: 'm', vendor: '' };
  const chunks = [
    { type: 'text', choice: 0, text: 'Hi' },
    { type: 'finish', choice: 0, reason: 'stop' },
  ] as const;
  const head = { id: 'cmpl-req_1', object: 'text_completion', created: 9, model: 'm' };
  const choice = { text: 'Hi', index: 0, logprobs: null, finish_reason: 'stop' };
  t.same(JSON.parse(dialect.codec(meta).synthesizeWhole(chunks)), { ...head, choices: [choice] });
  t.same(
    dialect.codec(meta).encodeChunks(chunks),
    [
      { ...head, choices: [{ ...choice, finish_reason: null }] },
      { ...head, choices: [{ ...choice, text: '' }] },
    ]
      .map((data) => `data: ${JSON.stringify(data)}\n\n`)
      .join(''),
  );
});

t.test('a changed text is replaced in its event', async (t) => {
  const codec = dialect.codec({ id: 'req_1', createdAtMs: 9000, model: 'm', vendor: '' });
  const data = '{"id":"c","x":1.0,"choices":[{"text":"a","index":0,"finish_reason":null}]}';
  const event = codec.decodeEvent(data, '');
  t.equal(
    codec.encodeEvent(event, [{ type: 'text', choice: 0, text: 'b' }]),
    `data: ${data.replace('"a"', '"b"')}\n\n`,
  );
});
