import { isJsonObject, type Json } from '../../sdk/json.ts';
import type { AssertionType } from './suite.ts';

/** Names of promptfoo for what is called otherwise here. */
const types: Readonly<Record<string, AssertionType>> = {
  'llm-rubric': 'llm-judge',
  'model-graded-closedqa': 'llm-judge',
  'matches-regex': 'regex',
  similarity: 'similar',
};

/** The type of an assertion by our name or promptfoo's; undefined for one that neither has. */
export function typeNamed(name: string, known: readonly AssertionType[]): AssertionType | undefined {
  return known.find((type) => type === name) ?? (Object.hasOwn(types, name) ? types[name] : undefined);
}

const words: Readonly<Record<string, string>> = { anthropic: 'claude', google: 'gemini', vertex: 'gemini' };
const forms = new Set(['chat', 'completion', 'responses', 'messages', 'embedding']);

/**
 * The alias or `provider/model` of an entry of `providers`: `openai:chat:gpt-4o` is `openai/gpt-4o`, by the names that
 * providers have without a `gateway.yaml`. Null for scripts and addresses, which a gateway does not ask.
 */
export function modelOfProvider(id: string): string | null {
  if (/^(file|https?|exec|python|javascript|webhook|package|ws)[:/]/.test(id)) return null;
  if (!id.includes(':') || id.includes('/')) return id.trim() === '' ? null : id;
  const [vendor, ...rest] = id.split(':');
  const model = rest.filter((part, index) => index > 0 || !forms.has(part)).join(':');
  return model === '' ? null : `${words[vendor!] ?? vendor}/${model}`;
}

/** The alias or `provider/model` of who grades: `provider` of an assertion, or of a test's `options`. Null for none. */
export function judgeOf(provider: Json | undefined): string | null {
  const id = isJsonObject(provider) ? provider['id'] : provider;
  return typeof id === 'string' ? modelOfProvider(id) : null;
}
