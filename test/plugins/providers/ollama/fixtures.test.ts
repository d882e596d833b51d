import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { isJsonObject, type JsonObject } from '../../../../sdk/json.ts';
import { adapter, context, decodeStream, provider, summary, wire } from './ollama.ts';

/** Recorded traffic, where it lies beside the checkout; it is not part of the project. */
const root = join(import.meta.dirname, '../../../../../shared/fixtures/providers/ollama');
const skip = existsSync(root) ? false : 'the recorded traffic is not here';

interface Facts {
  readonly text?: string;
  readonly reasoning?: string;
  readonly tool_calls?: readonly { readonly name: string; readonly arguments: JsonObject }[];
  readonly finish?: string;
  readonly usage?: { readonly input_total: number; readonly output_total: number };
  readonly error?: { readonly message: string };
  readonly lines?: number;
}

const read = (...path: string[]) => readFileSync(join(root, ...path));
const json = (...path: string[]) => JSON.parse(read(...path).toString()) as JsonObject;

function check(t: Test, got: ReturnType<typeof summary>, facts: Facts): void {
  t.equal(got.text, facts.text ?? '');
  t.equal(got.reasoning, facts.reasoning ?? '');
  t.strictSame(
    got.calls.map(({ name, arguments: text }) => ({ name, arguments: JSON.parse(text) as JsonObject })),
    facts.tool_calls ?? [],
  );
  const calls = facts.tool_calls?.length ?? 0;
  t.equal(got.finish, facts.finish === 'stop' && calls > 0 ? 'tool_calls' : (facts.finish ?? null));
  if (facts.usage === undefined) t.equal(got.usage, null);
  else t.match(got.usage, { inputTokens: facts.usage.input_total, outputTokens: facts.usage.output_total });
}

t.test('recorded answers mean what their facts say', { skip }, async (t) => {
  for (const name of readdirSync(root)) {
    const meta = json(name, 'meta.json');
    const facts = json(name, 'facts.json') as Facts;
    // Ollama's OpenAI-compatible endpoint is the business of the kind `openai`.
    if (meta['api'] === 'chat.completions') continue;
    t.test(name, async (t) => {
      if (meta['status'] !== 200) {
        const failure = provider().failure({
          status: Number(meta['status']),
          headers: {},
          body: read(name, 'response.json').toString(),
        });
        t.match(failure, { kind: 'not_found', code: 'model_not_found', status: 404 });
        t.notMatch(failure.message, String(meta['model']));
        return;
      }
      if (!existsSync(join(root, name, 'response.ndjson'))) {
        const decoded = wire().decoder(context()).decodeWhole(json(name, 'response.json'));
        t.equal(decoded.kind, 'chunks');
        return check(t, summary(decoded.chunks), facts);
      }
      const bytes = read(name, 'response.ndjson');
      const whole = decodeStream([bytes]);
      check(t, whole, facts);
      t.equal(whole.events.length, facts.lines);
      t.equal(whole.decoder.complete, facts.error === undefined);
      const last = whole.events.at(-1)!;
      t.equal(last.kind, facts.error === undefined ? 'chunks' : 'error');
      if (facts.error !== undefined) {
        t.match(provider().failure({ status: 200, headers: {}, body: last.data }), {
          kind: 'server_error',
          status: 502,
        });
      }
      const expected = JSON.stringify(whole.events);
      let different = 0;
      for (let cut = 0; cut <= bytes.length; cut++) {
        const { events } = decodeStream([bytes.subarray(0, cut), bytes.subarray(cut)]);
        if (JSON.stringify(events) !== expected) different += 1;
      }
      t.equal(different, 0, 'cut anywhere');
      const single = decodeStream(Array.from(bytes, (byte) => Buffer.from([byte])));
      t.equal(JSON.stringify(single.events), expected, 'byte by byte');
      for (let cut = 0; cut < bytes.length - 1; cut++) {
        const { decoder, clean } = decodeStream([bytes.subarray(0, cut)]);
        if (clean && decoder.complete) t.fail(`cut off after ${cut} bytes, and it looks complete`);
      }
    });
  }
});

t.test('a recorded answer of /api/generate is a text completion', { skip }, async (t) => {
  const facts = json('generate-text', 'facts.json') as Facts;
  const call = {
    body: { model: 'llama3', prompt: 'Tell me a joke' },
    conversation: () => {
      throw new Error('none');
    },
    context: context('llama3'),
  };
  const answer = adapter('completions').answer(json('generate-text', 'response.json'), call);
  t.match(isJsonObject(answer) ? answer : {}, {
    object: 'text_completion',
    model: 'llama3',
    choices: [{ text: facts.text, finish_reason: 'stop' }],
    usage: { prompt_tokens: 17, completion_tokens: 63, total_tokens: 80 },
  });
});
