import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { loadProviderCases, ownCases, type ProviderCase } from './fixture.ts';
import { fronts } from './fronts.ts';
import { providerGateway } from './gateway.ts';
import { answerTo, inTime } from './situation.ts';

const { kit, missing } = await providerGateway(true);
t.teardown(() => kit.close());

interface Pair {
  readonly name: string;
  readonly path: string;
  /** `provider/model`. */
  readonly model: string;
  /** Members that the dialect wants, as JSON text. */
  readonly members: readonly string[];
  /** Members of a request for a stream. */
  readonly streamed: readonly string[] | null;
}

const chatMembers = ['"messages" : [ {"role":"user" ,"content":"caf\\u00e9 \\ud83d\\ude00 \\/ 東"} ]'];
const pairs: readonly Pair[] = [
  {
    name: 'chat to openai',
    path: '/v1/chat/completions',
    model: 'openai/gpt-4o-mini',
    members: chatMembers,
    streamed: ['"stream":true', '"stream_options": {"include_usage":true , "x": 1.0}'],
  },
  {
    name: 'chat to a compatible server',
    path: '/v1/chat/completions',
    model: 'compatible/own/model:latest',
    members: chatMembers,
    streamed: ['"stream":true', '"stream_options": {"include_usage":true}'],
  },
  {
    name: 'chat to azure',
    path: '/v1/chat/completions',
    model: 'azure/gpt-4o',
    members: chatMembers,
    streamed: ['"stream":true', '"stream_options": {"include_usage":true}'],
  },
  {
    name: 'responses to openai',
    path: '/v1/responses',
    model: 'openai-responses/gpt-5-mini',
    members: [
      '"input":[{"role":"user","content":[{"type":"input_text","text":"caf\\u00e9"}]}]',
      '"store":false',
    ],
    streamed: ['"stream": true'],
  },
  {
    name: 'messages to anthropic',
    path: '/v1/messages',
    model: 'anthropic/claude-sonnet-4-5',
    members: [
      '"max_tokens":1.0e2',
      '"messages":[{"role":"user","content":[{"type":"text","text":"caf\\u00e9","cache_control":{"type":"ephemeral" }}]}]',
    ],
    streamed: ['"stream":true'],
  },
  {
    name: 'embeddings to openai',
    path: '/v1/embeddings',
    model: 'openai/text-embedding-3-small',
    members: ['"input" : ["caf\\u00e9",  "b"]', '"encoding_format":"float"'],
    streamed: null,
  },
  {
    name: 'completions to openai',
    path: '/v1/completions',
    model: 'openai/gpt-3.5-turbo-instruct',
    members: ['"prompt" :"caf\\u00e9"'],
    streamed: ['"stream":true', '"stream_options": {"include_usage":true}'],
  },
];

/** Numbers that a double cannot hold, escapes that a printer would not write, values of every kind. */
const oddValues = [
  '12345678901234567890',
  '-0.0',
  '1E400',
  '1.50',
  '0.1e-7',
  '"\\u0041\\u00e9\\ud83d\\ude00\\/"',
  '"\\"\\\\\\b"',
  '{ "deep" :[ 1 ,{"x":null}, [ ] ] }',
  'null',
  'true',
  '[]',
  '{}',
];
const space = fc.constantFrom('', '', ' ', '\n', '\t ', '\r\n  ');
const key = fc.string({ unit: 'grapheme', maxLength: 12 }).map((name) => JSON.stringify(`x_${name}`));
const value = fc.oneof(fc.constantFrom(...oddValues), fc.json({ maxDepth: 2 }));
const unknown = fc.uniqueArray(fc.tuple(key, space, space, value), {
  selector: ([name]) => name,
  maxLength: 6,
});

/** A body with its members in any order and spacing; `MODEL` stands for the model's name. */
const bodyOf = (members: readonly string[]) =>
  fc
    .tuple(
      unknown,
      space,
      space,
      fc.shuffledSubarray([...members, '"model"\t: "MODEL"'], { minLength: members.length + 1 }),
    )
    .chain(([extra, before, after, known]) => {
      const all = [...known, ...extra.map(([name, left, right, text]) => `${name}${left}:${right}${text}`)];
      return fc
        .shuffledSubarray(all, { minLength: all.length })
        .map((shuffled) => `${before}{${shuffled.join(`,${after}`)}${before}}${after}`);
    });

for (const pair of pairs) {
  const provider = pair.model.slice(0, pair.model.indexOf('/'));
  t.test(`a request passes byte for byte but for the model's name: ${pair.name}`, async (t) => {
    if (missing.has(provider))
      return void t.fail(`${provider} cannot be configured: ${missing.get(provider)}`);
    kit.upstream.otherwise(() => ({ status: 500, json: { error: { message: 'enough' } } }));
    for (const more of [[], ...(pair.streamed === null ? [] : [pair.streamed])]) {
      await fc.assert(
        fc.asyncProperty(bodyOf([...pair.members, ...more]), async (template) => {
          kit.upstream.calls.length = 0;
          const response = await inTime(kit.post(pair.path, template.replace('MODEL', pair.model)));
          const text = await inTime(response.text());
          assert.equal(kit.upstream.calls.length, 1, `${text} for ${template}`);
          const sent = String(kit.upstream.calls[0]!.request.body);
          assert.equal(sent, template.replace('MODEL', pair.model.slice(provider.length + 1)));
        }),
        { numRuns: 40, seed: 11 },
      );
    }
    t.pass();
  });
}

/** A whole answer with odd spacing, unknown members, escapes and numbers that must survive. */
const oddly = (text: string) =>
  `\n${text.replace('{', '{ "x_own" : [1.0, 12345678901234567890, "caf\\u00e9\\/", {"a" : null} ],\t')}\r\n`;

const native = loadProviderCases(ownCases).filter(
  ({ api, status, facts, expect }) =>
    status === 200 &&
    expect === null &&
    facts.error === undefined &&
    (fronts.some((front) => front.api === api) || api === 'embeddings' || api === 'completions'),
);
const pathsByApi: Readonly<Record<string, string>> = {
  embeddings: '/v1/embeddings',
  completions: '/v1/completions',
  ...Object.fromEntries(fronts.map((front) => [front.api, front.path])),
};

function requestFor(fixture: ProviderCase, provider: string): Record<string, unknown> {
  const front = fronts.find(({ api }) => api === fixture.api);
  const model = `${provider}/${fixture.model}`;
  if (front !== undefined) return front.request({ model, stream: fixture.stream, tools: [] });
  const input = fixture.api === 'embeddings' ? { input: 'Hi' } : { prompt: 'Hi' };
  const stream = fixture.stream ? { stream: true, stream_options: { include_usage: true } } : {};
  return { model, ...input, ...stream };
}

function providerFor({ provider, api }: ProviderCase): string {
  if (api === 'responses') return `${provider}-responses`;
  return missing.has(provider) || provider === 'openai-compatible' ? 'compatible' : provider;
}

async function clientGets(fixture: ProviderCase, bytes: Buffer): Promise<string> {
  const situation = { kit, fixture, front: fronts[0]!, stream: fixture.stream };
  const { text } = await answerTo(
    situation,
    pathsByApi[fixture.api]!,
    requestFor(fixture, providerFor(fixture)),
    [bytes],
  );
  return text;
}

t.test('whole answers pass byte for byte', async (t) => {
  for (const fixture of native.filter((it) => !it.stream)) {
    t.equal(await clientGets(fixture, fixture.bytes), fixture.bytes.toString(), fixture.name);
    const odd = oddly(fixture.bytes.toString());
    t.equal(await clientGets(fixture, Buffer.from(odd)), odd, `${fixture.name}, oddly written`);
  }
});

/** Everything that an event stream may hold besides events of one line. */
function decorated(stream: string): string {
  const events = stream.split('\n\n').slice(0, -1);
  const dressed = events.map((event, index) => {
    switch (index % 6) {
      case 1:
        return `: a comment\n\n${event}\n\n`;
      case 2:
        return `id: ${index}\nretry: 100\n${event}\n\n`;
      case 3:
        return `${event.replaceAll('\n', '\r\n')}\r\n\r\n`;
      case 4:
        // A payload over two lines, cut between two members.
        return `${event.replace(/,"/, ',\ndata: "')}\n\n`;
      case 5:
        return `${event.replaceAll(': {', ':{')}   \n\n`;
      default:
        return `${event}\n\n`;
    }
  });
  return dressed.join('');
}

t.test('streams pass byte for byte: comments, ids, CRLF, several data lines, padding', async (t) => {
  const complete = native.filter(
    (it) => it.stream && (it.facts as { done_marker?: boolean }).done_marker !== false,
  );
  t.ok(complete.length > 20);
  for (const fixture of complete) {
    t.equal(await clientGets(fixture, fixture.bytes), fixture.bytes.toString(), fixture.name);
    const odd = decorated(fixture.bytes.toString());
    t.equal(await clientGets(fixture, Buffer.from(odd)), odd, `${fixture.name}, decorated`);
  }
});
