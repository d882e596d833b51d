import type { Answer } from '../../../sdk/chunk.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import { jsonTextFrom } from '../../body/json-text.ts';
import type { Dialect } from '../../dialects/dialect.ts';
import { inputMessages, outputMessages, systemParts } from './gen-ai-messages.ts';

/** What spans hold of a prompt and its answer: JSON texts. */
export interface SpanContent {
  readonly input: string | null;
  readonly system: string | null;
  readonly output: string | null;
}

/** Texts that are longer together are cut. A span that a collector refuses is worth nothing. */
const maxSpanChars = 128 * 1024;

/** A request and its answer in the words of the GenAI conventions. */
export function spanContent(dialect: Dialect, body: JsonObject | null, answer: Answer | null): SpanContent {
  const { input, system } = body === null ? { input: null, system: null } : inputOf(dialect, body);
  return {
    input,
    system,
    output: answer === null || answer.choices.length === 0 ? null : fitting(outputMessages(answer)),
  };
}

function inputOf(dialect: Dialect, body: JsonObject): Pick<SpanContent, 'input' | 'system'> {
  try {
    if (dialect.conversation !== undefined) {
      const conversation = dialect.conversation(body, null);
      const system = systemParts(conversation);
      return {
        input: fitting(inputMessages(conversation)),
        system: system.length === 0 ? null : fitting(system),
      };
    }
    const { texts } = dialect.view(jsonTextFrom(JSON.stringify(body)));
    const parts = texts.map(({ text }) => ({ type: 'text', content: text }));
    return { input: fitting([{ role: 'user', parts }]), system: null };
  } catch {
    // A body whose masked form is no request any more: images whose address is gone.
    return { input: null, system: null };
  }
}

function fitting(value: unknown): string | null {
  const text = JSON.stringify(value);
  return text.length > maxSpanChars ? null : text;
}
