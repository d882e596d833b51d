import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { SseDecoder } from '../../../../core/response/sse-decoder.ts';
import { createCountTokens } from '../../../../plugins/providers/gemini/count-tokens.ts';
import { GeminiDecoder } from '../../../../plugins/providers/gemini/decoder.ts';
import { toFinishReason } from '../../../../plugins/providers/gemini/finish.ts';
import { geminiFraming } from '../../../../plugins/providers/gemini/framing.ts';
import type { Chunk } from '../../../../sdk/chunk.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import { totalInputTokens, type Usage } from '../../../../sdk/usage.ts';
import type { Framer, OnEvent } from '../../../../sdk/wire.ts';
import { assistant, context, conversation, encode, plain, result, type Told, told, user } from './support.ts';

const folder = join(import.meta.dirname, '../../../../../shared/fixtures/providers/gemini');
const absent = existsSync(folder) ? false : 'the recorded traffic is not beside this checkout';

interface Facts {
  readonly text?: string;
  readonly reasoning?: string;
  readonly thought_signatures?: number;
  readonly tool_calls?: readonly { readonly name: string; readonly arguments: unknown }[];
  readonly finish?: string;
  readonly block_reason?: string;
  readonly usage?: Readonly<Record<string, number>>;
  readonly input_tokens?: number;
}

const read = (name: string, file: string) => readFileSync(join(folder, name, file));
const json = (name: string, file: string) => JSON.parse(read(name, file).toString('utf8')) as JsonObject;
const names = absent === false ? readdirSync(folder) : [];
const casesOf = (api: string) => names.filter((name) => json(name, 'meta.json')['api'] === api);

/** Compares what was decoded with what the bytes mean. */
function compare(t: Test, answer: Told, facts: Facts): void {
  t.equal(answer.text, facts.text ?? '');
  t.equal(answer.reasoning, facts.reasoning ?? '');
  t.equal(answer.seals.length, facts.thought_signatures ?? 0);
  const calls = answer.calls.map((call) => ({
    name: call.name,
    arguments: JSON.parse(call.arguments) as unknown,
  }));
  t.same(calls, facts.tool_calls ?? []);
  const reason =
    facts.finish === undefined ? 'content_filter' : toFinishReason(facts.finish, calls.length > 0);
  t.equal(answer.finish[0], reason);
  if (facts.usage === undefined) return;
  const usage = answer.usage as unknown as Usage;
  t.equal(totalInputTokens(usage), facts.usage['input_total']);
  t.equal(usage.outputTokens, facts.usage['output_total'] ?? 0);
  t.equal(usage.reasoningTokens, facts.usage['reasoning'] ?? 0);
  t.equal(usage.cacheReadTokens, facts.usage['cache_read'] ?? 0);
}

function decodeStream(bytes: Buffer, cut: number, framerOf: (onEvent: OnEvent) => Framer) {
  const decoder = new GeminiDecoder(context());
  const chunks: Chunk[] = [];
  const framer = framerOf((data) => {
    chunks.push(...decoder.decodeEvent(data).chunks);
  });
  framer.push(bytes.subarray(0, cut));
  framer.push(bytes.subarray(cut));
  return { answer: told(chunks), clean: framer.end(), complete: decoder.complete };
}

for (const name of casesOf('generateContent').filter((one) => !one.startsWith('error'))) {
  const facts = json(name, 'facts.json') as Facts;
  if (existsSync(join(folder, name, 'response.json'))) {
    t.test(`${name}: the whole answer means what it should`, async (t) => {
      const decoder = new GeminiDecoder(context());
      const event = decoder.decodeWhole(json(name, 'response.json'));
      t.equal(event.kind, 'chunks');
      t.equal(decoder.complete, true);
      compare(t, told(event.chunks), facts);
    });
    continue;
  }
  t.test(`${name}: the stream means what it should, cut at any byte`, async (t) => {
    const bytes = read(name, 'response.sse');
    const first = decodeStream(bytes, 0, (onEvent) => new SseDecoder(onEvent));
    compare(t, first.answer, facts);
    t.match(first, { clean: true, complete: true });
    // Long ones in steps that are prime: every place of a line gets its turn all the same.
    const step = bytes.length > 20_000 ? 101 : 1;
    let differing = 0;
    for (let cut = 1; cut < bytes.length; cut += step) {
      const found = decodeStream(bytes, cut, (onEvent) => geminiFraming.framer(onEvent));
      if (JSON.stringify(found) !== JSON.stringify(first)) differing++;
    }
    t.equal(differing, 0);
  });
  t.test(`${name}: a stream that ends early is not complete`, async (t) => {
    const bytes = read(name, 'response.sse');
    const text = bytes.toString('latin1');
    const last = text.trimEnd().lastIndexOf('data:');
    const found = decodeStream(bytes.subarray(0, last), 0, (onEvent) => geminiFraming.framer(onEvent));
    t.equal(found.complete, false);
    const half = decodeStream(bytes.subarray(0, last + 20), 0, (onEvent) => geminiFraming.framer(onEvent));
    t.equal(half.clean, false);
  });
}

for (const name of casesOf('countTokens')) {
  t.test(`${name}: the count is found`, async (t) => {
    const { answer } = createCountTokens(plain);
    const call = { body: {}, conversation: () => conversation(), context: context() };
    t.same(answer(json(name, 'response.json'), call), {
      input_tokens: (json(name, 'facts.json') as Facts).input_tokens,
    });
  });
}

t.test('the recorded cases are there', { skip: absent }, async (t) => t.ok(names.length > 0));

const turnsAfter = [
  ['tool-parallel', 'tool-results-turn'],
  ['tool-stream-signature', 'tool-result-stream'],
] as const;
for (const [first, next] of turnsAfter) {
  t.test(
    `${first}: the answer goes back with its signatures where they were`,
    { skip: absent },
    async (t) => {
      const sse = existsSync(join(folder, first, 'response.sse'));
      const answer = sse
        ? decodeStream(read(first, 'response.sse'), 0, (onEvent) => geminiFraming.framer(onEvent)).answer
        : told(new GeminiDecoder(context()).decodeWhole(json(first, 'response.json')).chunks);
      const calls = answer.calls.map((call, index) => {
        const seal = answer.seals.find((one) => one.call === index);
        return { type: 'tool_call', ...call, ...(seal === undefined ? {} : { seal }) } as const;
      });
      const turns = [user('Hi'), assistant(...calls), user(...calls.map(({ id }) => result(id, 'x')))];
      const { body } = encode({ turns }, String(json(first, 'meta.json')['model']));
      const recorded = json(next, 'request.json')['contents'] as unknown as readonly {
        parts: JsonObject[];
      }[];
      const sent = body['contents'] as unknown as typeof recorded;
      // The client that was recorded has ids of its own and writes base64 for addresses.
      const essence = (part: JsonObject) => {
        const call = (part['functionCall'] ?? part['functionResponse']) as JsonObject;
        const signature = part['thoughtSignature'];
        return [
          call['name'],
          call['args'],
          typeof signature === 'string' ? signature.replaceAll('+', '-').replaceAll('/', '_') : null,
        ];
      };
      t.same(sent[1]!.parts.map(essence), recorded[1]!.parts.map(essence));
      t.same(sent[2]!.parts.map(essence), recorded[2]!.parts.map(essence));
      t.notMatch(JSON.stringify(body), /"id"/);
    },
  );
}
