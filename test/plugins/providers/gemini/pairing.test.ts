import fc from 'fast-check';
import t from 'tap';
import type { Block, Turn } from '../../../../sdk/conversation.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import { encode } from './support.ts';

interface Content {
  readonly role: string;
  readonly parts: readonly JsonObject[];
}

const words = fc.constantFrom<Block>(
  { type: 'text', text: 'a' },
  { type: 'text', text: '' },
  { type: 'reasoning', text: 'b' },
  { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } },
);

/** One step: what the model says and calls, which results come back, and in what order. */
const step = fc.record({
  said: fc.array(words, { maxLength: 3 }),
  names: fc.array(fc.constantFrom('f', 'g', '1 h'), { maxLength: 4 }),
  /** Which calls are answered, perhaps none. */
  answered: fc.array(fc.nat(3), { maxLength: 6 }),
  errors: fc.boolean(),
  after: fc.array(words, { maxLength: 3 }),
  system: fc.boolean(),
});

/** Conversations as front dialects read them. */
const conversations = fc.array(step, { maxLength: 5 }).map((steps) =>
  steps.flatMap(({ said, names, answered, errors, after, system }, number): Turn[] => {
    const id = (index: number) => `call_${number}_${index}`;
    const calls = names.map(
      (name, index): Block => ({ type: 'tool_call', id: id(index), name, arguments: '{}' }),
    );
    const results = [...new Set(answered)]
      .filter((index) => index < names.length)
      .map(
        (index): Block => ({
          type: 'tool_result',
          callId: id(index),
          content: [{ type: 'text', text: `result ${number} ${index}` }],
          isError: errors,
        }),
      );
    return [
      { role: 'assistant', blocks: [...said, ...calls] },
      { role: 'user', blocks: [...after.slice(0, 1), ...results, ...after.slice(1)] },
      ...(system ? [{ role: 'system', blocks: [{ type: 'text', text: 's' }] } as const] : []),
    ];
  }),
);

function partsOf(content: Content | undefined, kind: string): JsonObject[] {
  return (content?.parts ?? [])
    .filter((part) => part[kind] !== undefined)
    .map((part) => part[kind] as JsonObject);
}

t.test('as many results as calls follow each step, in the order of the calls', async () => {
  fc.assert(
    fc.property(conversations, fc.constantFrom('gemini-2.5-pro', 'gemini-3-pro-preview'), (turns, model) => {
      const contents = encode({ turns }, model).body['contents'] as unknown as Content[];
      for (const [index, content] of contents.entries()) {
        if (content.parts.length === 0) return false;
        const results = partsOf(content, 'functionResponse');
        if (results.length > 0) {
          // Results stand alone and right after their calls.
          if (results.length !== content.parts.length || content.role !== 'user') return false;
          if (partsOf(contents[index - 1], 'functionCall').length !== results.length) return false;
        }
        const calls = partsOf(content, 'functionCall');
        if (calls.length === 0) continue;
        const answers = partsOf(contents[index + 1], 'functionResponse');
        if (answers.length !== calls.length) return false;
        for (const [at, call] of calls.entries()) {
          const answer = answers[at]!;
          if (answer['name'] !== call['name'] || answer['id'] !== call['id']) return false;
          const own = /result (\d+) (\d+)/.exec(JSON.stringify(answer['response']));
          if (own !== null && call['id'] !== undefined && call['id'] !== `call_${own[1]}_${own[2]}`)
            return false;
        }
      }
      return contents[0]?.role === 'user';
    }),
    { numRuns: 500 },
  );
});

t.test('since Gemini 3 no step begins with an unsigned call', async () => {
  fc.assert(
    fc.property(conversations, (turns) => {
      const contents = encode({ turns }, 'gemini-3-flash-preview').body['contents'] as unknown as Content[];
      return contents.every(({ parts }) => {
        const first = parts.find((part) => part['functionCall'] !== undefined);
        return first === undefined || typeof first['thoughtSignature'] === 'string';
      });
    }),
  );
});
