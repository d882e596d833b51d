import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';

/** Members that are the request itself rather than a parameter of it. */
const conversation: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'prompt',
  'input',
  'tools',
  'functions',
]);

/** Members that `changes.params` may not write: other changes do, or the exchange has been built on them. */
const fixed: ReadonlySet<string> = new Set(['model', 'messages', 'prompt', 'input', 'stream']);

/** The top-level parameters of a request. */
export function paramsOf(body: JsonObject): Readonly<Record<string, Json>> {
  const entries: [string, Json][] = [];
  for (const [name, value] of Object.entries(body)) {
    if (value !== undefined && !conversation.has(name)) entries.push([name, value]);
  }
  return Object.fromEntries(entries);
}

/** Throws where a step sets a parameter that is none. */
export function checkParamName(name: string, body: JsonObject): void {
  // A reference to a stored prompt, and no text of a completion.
  if (!fixed.has(name) || (name === 'prompt' && isJsonObject(body['prompt']))) return;
  throw new Error(
    `changes.params cannot set "${name}": use changes.model, changes.texts or changes.system; "stream" stays as the client asked.`,
  );
}
