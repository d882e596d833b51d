import { AnswerBuilder } from '../../../core/response/answer.ts';
import { AnswerTransform } from '../../../plugins/pii-redactor/answer-transform.ts';
import { ArgumentsRedactor } from '../../../plugins/pii-redactor/json-redactor.ts';
import { type PiiOptions, type RuleOptions, schema } from '../../../plugins/pii-redactor/options.ts';
import { Pseudonyms } from '../../../plugins/pii-redactor/pseudonyms.ts';
import { type Redactor, TextRedactor } from '../../../plugins/pii-redactor/redactor.ts';
import { Replacer } from '../../../plugins/pii-redactor/replacer.ts';
import { Settings } from '../../../plugins/pii-redactor/settings.ts';
import type { AnswerChoice, Chunk } from '../../../sdk/chunk.ts';

type Given = Partial<Omit<PiiOptions, 'rules'>> & { readonly rules?: readonly Partial<RuleOptions>[] };

/** Options with the schema's defaults in the places that are not given. */
export function optionsOf({ rules = [], ...given }: Given = {}): PiiOptions {
  const properties = schema['properties'] as Record<string, { default: unknown }>;
  const defaults = Object.fromEntries(Object.entries(properties).map(([name, it]) => [name, it.default]));
  return { ...defaults, ...given, rules: rules.map((rule) => ({ max_chars: 64, ...rule })) } as PiiOptions;
}

export function settingsOf(given: Given = {}): Settings {
  return new Settings(optionsOf(given));
}

/** Names under which some values were sent, as the request's redaction makes them. */
export function namesFor(values: Readonly<Record<string, string>>): Pseudonyms {
  const names = new Pseudonyms();
  for (const [value, kind] of Object.entries(values)) names.of(kind, value, true);
  return names;
}

/** One transform of an answer. */
export function transformOf(given: Given, names = new Pseudonyms(), reasoning = true): AnswerTransform {
  return new AnswerTransform(new Replacer(settingsOf(given), names), reasoning);
}

/** What an answer's chunks come to after a transform. */
export function answerOf(transform: AnswerTransform, chunks: readonly Chunk[]): readonly AnswerChoice[] {
  const builder = new AnswerBuilder();
  const emit = (chunk: Chunk) => builder.add([chunk]);
  for (const chunk of chunks) transform.push(chunk, emit);
  transform.end(emit);
  return builder.build(200, null).choices;
}

export function textRedactor(settings: Settings, names = new Pseudonyms()): Redactor {
  return new TextRedactor(() => settings.answerFinder('answer', names), new Replacer(settings, names));
}

export function argumentsRedactor(settings: Settings, names = new Pseudonyms()): Redactor {
  return new ArgumentsRedactor(() => settings.answerFinder('tools', names), new Replacer(settings, names));
}

/** Pushes a text cut at the given places. */
export function cutAt(redactor: Redactor, text: string, cuts: readonly number[]): string {
  let out = '';
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    out += redactor.push(text.slice(from, cut));
    from = cut;
  }
  return out + redactor.push(text.slice(from)) + redactor.end();
}
