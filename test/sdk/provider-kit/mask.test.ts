import fc from 'fast-check';
import t from 'tap';
import { maskUpstreamText } from '../../../sdk/provider-kit/mask.ts';

const masked = [
  ['Incorrect API key provided: sk-wrong****-key.', /key provided: \[secret\]/],
  ['for gpt-4o in organization org-EXAMPLE on', /organization \[id\] on/],
  ['in project proj_a1B2c3D4e5', /project \[id\]$/],
  ['See https://platform.openai.com/docs?key=1 for more.', /^See \[url\] for more\.$/],
  ['our help center at help.openai.com if', /at \[url\] if/],
  ['ask ops@corp.example now', /^ask \[e-mail\] now$/],
  ['connect to 10.1.2.3:8000 failed', /to \[address\] failed/],
  ['header Authorization: Bearer abc.def', /Bearer \[secret\]$/],
  ['key AIzaSyA1234567890abcdefgh', /^key \[secret\]$/],
  ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x', /^token \[secret\]$/],
  ['request 0b7f8a52-2a0e-4bfa-9d5c-1a2b3c4d5e6f failed', /^request \[id\] failed$/],
  ['gsk_abc123DEF and xai-12345', /^\[secret\] and \[secret\]$/],
] as const;
for (const [text, shown] of masked) {
  t.test(`masked: ${text}`, async (t) => t.match(maskUpstreamText(text), shown));
}

const kept = [
  "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
  "This model's maximum context length is 128000 tokens. However, your messages resulted in 140512 tokens.",
  "Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -1 instead.",
  "Invalid value for 'messages[0].content[2].image_url'.",
  'user_location and org_name are not allowed in response_format.json_schema for gpt-4o-2024-08-06',
  'Ungültiger Wert: „größer“ 😀',
];
for (const text of kept) {
  t.test(`kept: ${text.slice(0, 60)}`, async (t) => t.equal(maskUpstreamText(text), text));
}

t.test('a long text is cut to 500 characters, never within a character', async (t) => {
  const cut = maskUpstreamText('a'.repeat(498) + '😀'.repeat(100));
  t.ok(cut.length <= 500);
  t.ok(cut.isWellFormed());
  t.ok(cut.endsWith('…'));
});

t.test('control characters cannot break a line of a log or a terminal', async (t) => {
  t.equal(maskUpstreamText('a\r\nb\u001b[31mc'), 'a b [31mc');
});

// Quadratic work on texts of this length would outlast the time limit of the file.
t.test('no text takes long, however it is made', async () => {
  const parts = ['a', '@', '.', '-', '_', '1', 'sk-', 'http://', '1.', 'A', ' ', '/', 'org-', 'eyJ'];
  const hostile = fc
    .array(fc.constantFrom(...parts), { maxLength: 6, minLength: 1 })
    .map((pieces) => pieces.join('').repeat(30_000));
  fc.assert(
    fc.property(hostile, (text) => {
      maskUpstreamText(text);
    }),
    { numRuns: 100 },
  );
});
