import t from 'tap';
import { jsonTextFrom } from '../../../../core/body/json-text.ts';
import { embeddingsDialect as dialect } from '../../../../core/dialects/embeddings/dialect.ts';
import type { Json } from '../../../../sdk/json.ts';

const of = (input: Json, more = {}) =>
  jsonTextFrom(JSON.stringify({ model: 'e', input, encoding_format: 'base64', ...more }));
const meta = { id: 'req_1', createdAtMs: 0, model: 'e', vendor: '' };

t.test('an input is text, texts or tokens, and never a stream', async (t) => {
  for (const input of ['a', ['a'], [1], [[1]]]) dialect.validate(of(input).value);
  t.throws(() => dialect.validate(of([]).value), { code: 'invalid_request', param: 'input' });
  t.throws(() => dialect.validate(of('a', { stream: true }).value), {
    code: 'unsupported_parameter',
    param: 'stream',
  });
});

t.test('texts can be changed, and what makes no sense for embeddings changes nothing', async (t) => {
  const body = of(['a', 'b']);
  const view = dialect.view(body);
  t.equal(view.lastUser, 'b');
  t.equal(
    body.edit(
      dialect.edits(body, view, { texts: { '/input/1': 'c' }, system: { prepend: 'P' }, maxOutputTokens: 5 }),
    ),
    body.text.replace('"b"', '"c"'),
  );
});

t.test('an answer leaves as it came, and a kept one can be given again', async (t) => {
  const body = jsonTextFrom(
    '{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AAAA"}],"model":"e-1","usage":{"prompt_tokens":2,"total_tokens":2}}',
  );
  const codec = dialect.codec(meta);
  const decoded = codec.decodeWhole(body);
  t.equal(decoded.kind, 'chunks');
  t.equal(codec.complete, true);
  t.equal(codec.model, 'e-1');
  t.equal(codec.encodeWhole(body, decoded, [...decoded.chunks]), body.text);
  t.same(JSON.parse(dialect.codec({ ...meta, model: 'e-1' }).synthesizeWhole(decoded.chunks)), body.value);
  t.equal(dialect.codec(meta).decodeWhole(jsonTextFrom('{"error":{}}')).kind, 'error');
});
