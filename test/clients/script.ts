import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';

/** What both upstreams say, so that a test expects the same of either. */
export const script = {
  greeting: 'Hello from upstream.',
  /** Said before the tool is called, where the vendor does so. */
  preface: 'Let me look.',
  city: 'Oslo',
  /** Once the tool's result is there. */
  verdict: 'It is 11 degrees in Oslo.',
  /** JSON by schema, and the arguments of any tool that the request demands. */
  object: { city: 'Oslo', degrees: 11 },
  /** Tokens of every answer: 20 of the input not cached, 5 read from the cache. */
  usage: { uncached: 20, cached: 5, input: 25, output: 9, total: 34 },
} as const;

/** What an upstream does with a request. */
export type Move =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'call'; readonly name: string; readonly input: JsonObject; readonly preface: string };

/**
 * Chooses the move.
 *
 * @param forced the tool that the request demands, null for none.
 * @param wantsJson the request demands JSON.
 */
export function moveFor(
  tools: readonly string[],
  answered: boolean,
  forced: string | null,
  wantsJson: boolean,
): Move {
  if (forced !== null) return { type: 'call', name: forced, input: script.object, preface: '' };
  if (tools.includes('get_weather') && !answered) {
    return { type: 'call', name: 'get_weather', input: { city: script.city }, preface: script.preface };
  }
  if (wantsJson) return { type: 'text', text: JSON.stringify(script.object) };
  return { type: 'text', text: answered ? script.verdict : script.greeting };
}

/** A text in pieces, none of them empty. */
export function pieces(text: string, chars = 7): string[] {
  return text.match(new RegExp(`[\\s\\S]{1,${chars}}`, 'g')) ?? [];
}

/** The objects in a list; none where it is no list. */
export function objects(list: Json | undefined): JsonObject[] {
  return Array.isArray(list) ? (list as readonly Json[]).filter(isJsonObject) : [];
}
