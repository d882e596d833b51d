import t from 'tap';
import { jsonTextFrom } from '../../../../core/body/json-text.ts';
import { countTokensDialect } from '../../../../core/dialects/count-tokens/dialect.ts';
import { GatewayError } from '../../../../sdk/errors.ts';

const base = { model: 'm', messages: [{ role: 'user', content: 'hello there' }] };
const body = (more: object = {}) => jsonTextFrom(JSON.stringify({ ...base, ...more }));
const codec = () =>
  countTokensDialect.codec({ id: 'msg_1', createdAtMs: 0, model: 'm', vendor: 'anthropic' });

t.test('a body needs no output limit and cannot stream', async (t) => {
  countTokensDialect.validate(base);
  t.throws(() => countTokensDialect.validate({ ...base, messages: [] }), {
    param: 'messages',
    code: 'invalid_request',
  });
  t.throws(() => countTokensDialect.validate({ ...base, stream: true }), {
    param: 'stream',
    code: 'unsupported_parameter',
  });
});

t.test('it looks like messages, but for limits and streams', async (t) => {
  const view = countTokensDialect.view(body({ max_tokens: 5, stream: true }));
  t.match(view, { api: 'count_tokens', stream: false, maxOutputTokens: null, lastUser: 'hello there' });
  const text = body({ system: 's' });
  const edits = countTokensDialect.edits(text, countTokensDialect.view(text), {
    maxOutputTokens: 5,
    system: { append: 'x' },
  });
  t.same(JSON.parse(text.edit(edits)), { ...base, system: 's\n\nx' });
  t.equal(countTokensDialect.conversation?.(base, null).turns.length, 1);
  t.same(countTokensDialect.foreign?.(base, 'kimi', null), { edits: [], dropped: [] });
});

t.test('where a provider cannot count, the gateway estimates', async (t) => {
  const view = countTokensDialect.view(body());
  t.same(JSON.parse(countTokensDialect.estimate?.(view) ?? ''), { input_tokens: view.inputTokens });
  t.ok(view.inputTokens > 3 && view.inputTokens < 10);
});

t.test('a count passes as it came, without usage', async (t) => {
  const it = codec();
  const text = jsonTextFrom('{"input_tokens": 1581, "more":1}');
  const decoded = it.decodeWhole(text);
  t.equal(decoded.kind, 'chunks');
  t.same(decoded.chunks, [{ type: 'opaque', name: 'input_tokens', value: { input_tokens: 1581 } }]);
  t.equal(it.complete, true);
  t.equal(it.encodeWhole(text, decoded, [...decoded.chunks]), text.text);
  t.equal(it.encodeWhole(text, decoded, []), text.text);
  t.equal(it.synthesizeWhole(decoded.chunks), '{"input_tokens":1581}');
});

t.test('anything else is an error', async (t) => {
  for (const answer of ['{}', '{"type":"error","error":{"type":"x"}}', '{"input_tokens":"5"}']) {
    const it = codec();
    t.equal(it.decodeWhole(jsonTextFrom(answer)).kind, 'error', answer);
    t.equal(it.complete, false);
  }
  const it = codec();
  t.equal(it.decodeEvent('{}', '').kind, 'error');
  t.equal(it.encodeChunks([]) + it.encodeEnd(), '');
  t.match(it.encodeError(new GatewayError('overloaded', 'x')), /^event: error\n.*overloaded_error/);
  t.match(countTokensDialect.errorBody(new GatewayError('not_found', 'x'), 'req_1'), /not_found_error/);
});
