import fc from 'fast-check';
import t from 'tap';
import { allowedBetas, invokeBody, withBetas } from '../../../../plugins/providers/bedrock/claude-body.ts';
import { topMembers } from '../../../../plugins/providers/bedrock/json-members.ts';

const none: ReadonlySet<string> = new Set();
const members = fc.dictionary(
  fc.oneof(fc.constantFrom('model', 'stream', 'a"b', '\\', ''), fc.string()),
  fc.jsonValue(),
);

t.test('the members of any JSON object are found where they are', async () => {
  fc.assert(
    fc.property(members, fc.constantFrom(undefined, 1, '\t'), (object, space) => {
      const text = JSON.stringify(object, null, space);
      const found = topMembers(`\n ${text} `).map(({ name, valueStart, end }) => [
        name,
        JSON.parse(`\n ${text} `.slice(valueStart, end)) as unknown,
      ]);
      return JSON.stringify(found) === JSON.stringify(Object.entries(object));
    }),
  );
});

t.test('what is no JSON object is an error, however it is cut', async (t) => {
  for (const text of ['', '[]', '"a"', '{a:1}', '{"a" 1}', '{"a":1 "b":2}'])
    t.throws(() => topMembers(text), SyntaxError, text);
  const whole = '{"a":[1,{"b":"]}\\""}],"c":null}';
  for (let length = 0; length < whole.length; length += 1)
    t.throws(() => topMembers(whole.slice(0, length)), SyntaxError);
});

/** Names that look like numbers come first in an object, wherever they stood. */
function sorted(text: string): string {
  return topMembers(text)
    .map(({ start, end }) => text.slice(start, end))
    .sort()
    .join();
}

t.test("a body for InvokeModel is the client's without model and stream, with the version", async () => {
  fc.assert(
    fc.property(members, (object) => {
      const { model: _model, stream: _stream, anthropic_version: _v, anthropic_beta: _b, ...rest } = object;
      // Texts, not objects: V8's parser mixes up short keys with escapes in them, such as `"` and `\`.
      const expected = JSON.stringify({ anthropic_version: 'bedrock-2023-05-31', ...rest });
      return sorted(invokeBody(JSON.stringify(object), [], none)) === sorted(expected);
    }),
  );
});

t.test('flags in the body are filtered like those in the header', async (t) => {
  const made = invokeBody('{"anthropic_beta":["a","b",3],"anthropic_version":"x"}', ['c'], new Set(['a']));
  t.same(JSON.parse(made), { anthropic_version: 'bedrock-2023-05-31', anthropic_beta: ['c', 'a'] });
  t.same(allowedBetas(' a ,b,a', new Set(['a'])), ['a']);
  t.same(allowedBetas(undefined, new Set(['a'])), []);
  t.equal(withBetas('{}', ['a']), '{"additionalModelRequestFields":{"anthropic_beta":["a"]}}');
});

t.test('the scope of a cache mark is taken out, texts that look like one stay', async (t) => {
  const mark = { type: 'ephemeral', scope: 'global', ttl: '1h' };
  const body = {
    system: [
      { type: 'text', text: 'say {"cache_control":{"type":"ephemeral","scope":"x"}}', cache_control: mark },
    ],
    tools: [{ name: 'f', input_schema: { properties: { cache_control: { type: 'string', scope: 1 } } } }],
  };
  const made = JSON.parse(invokeBody(JSON.stringify(body), [], none)) as typeof body;
  t.same(made.system[0], { ...body.system[0], cache_control: { type: 'ephemeral', ttl: '1h' } });
  t.same(made.tools, body.tools);
});

t.test('a body of megabytes is edited in milliseconds', async (t) => {
  const text = 'word \\" '.repeat(1_000_000);
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: text }] });
  t.ok(invokeBody(body, [], none).length > 1_000_000);
});
