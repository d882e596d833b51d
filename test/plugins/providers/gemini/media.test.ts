import t from 'tap';
import type { Block, MediaSource } from '../../../../sdk/conversation.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import { encode, plain, user } from './support.ts';

function part(block: Block, model = 'gemini-2.5-flash', vertex = false): JsonObject {
  const { body } = encode({ turns: [user(block)] }, model, { ...plain, vertex });
  return (body['contents'] as unknown as { parts: JsonObject[] }[])[0]!.parts[0]!;
}

const image = (source: MediaSource): Block => ({ type: 'image', source });
const document = (source: MediaSource, name = ''): Block => ({ type: 'document', source, name });
const base64 = (mediaType: string): MediaSource => ({ kind: 'base64', mediaType, data: 'AAAA' });
const url = (address: string): MediaSource => ({ kind: 'url', url: address });
const file = (id: string): MediaSource => ({ kind: 'file', id });

const cases: readonly (readonly [string, Block, JsonObject])[] = [
  ['an image', image(base64('image/webp')), { inlineData: { mimeType: 'image/webp', data: 'AAAA' } }],
  ['a PDF', document(base64('')), { inlineData: { mimeType: 'application/pdf', data: 'AAAA' } }],
  ['a text', document({ kind: 'text', text: 'Once' }, 'tale.txt'), { text: 'tale.txt\nOnce' }],
  ['a text without a name', document({ kind: 'text', text: 'Once' }), { text: 'Once' }],
  [
    'an address',
    image(url('https://host.example/a.PNG?x=1')),
    { fileData: { mimeType: 'image/png', fileUri: 'https://host.example/a.PNG?x=1' } },
  ],
  [
    'an address that does not tell its type',
    image(url('https://host.example/a')),
    { fileData: { fileUri: 'https://host.example/a' } },
  ],
  [
    'an address of a document',
    document(url('https://host.example/a')),
    { fileData: { mimeType: 'application/pdf', fileUri: 'https://host.example/a' } },
  ],
  [
    'a file in Cloud Storage',
    image(file('gs://bucket/a.jpg')),
    { fileData: { mimeType: 'image/jpeg', fileUri: 'gs://bucket/a.jpg' } },
  ],
  [
    'an uploaded file',
    image(file('files/abc-1')),
    { fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/abc-1' } },
  ],
  [
    'sound',
    { type: 'audio', data: 'AAAA', format: 'wav' },
    { inlineData: { mimeType: 'audio/wav', data: 'AAAA' } },
  ],
];
for (const [name, block, expected] of cases) {
  t.test(name, async (t) => t.same(part(block), expected));
}

t.test('an address is refused by models that do not fetch it, but not on Vertex AI', async (t) => {
  const block = image(url('https://host.example/a.png'));
  t.throws(() => part(block, 'gemini-2.0-flash'), { code: 'unsupported_parameter' });
  t.match(part(block, 'gemini-2.0-flash', true), { fileData: { mimeType: 'image/png' } });
  t.match(part(image(url('https://generativelanguage.googleapis.com/v1beta/files/a')), 'gemini-2.0-flash'), {
    fileData: { fileUri: /files\/a$/ },
  });
});

t.test("another provider's file, and an image of an unknown type, are refused", async (t) => {
  t.throws(() => part(image(file('file-abc'))), {
    code: 'unsupported_parameter',
    message: /another provider/,
  });
  t.throws(() => part(image(base64(''))), { code: 'unsupported_parameter', message: /media type/ });
});

t.test('the detail of an image is named as dropped', async (t) => {
  const block: Block = { type: 'image', source: base64('image/png'), detail: 'low' };
  t.same(encode({ turns: [user(block)] }).dropped, ['image detail']);
  t.same(encode({ turns: [user({ ...block, detail: 'auto' })] }).dropped, []);
});
