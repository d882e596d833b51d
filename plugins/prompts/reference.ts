import { isJsonObject, type Json, type JsonObject } from '../../sdk/index.ts';
import type { Values } from './variables.ts';

/** `prompt` of a body, as OpenAI's Responses API spells it. */
export interface PromptReference {
  readonly id: string;
  /** A version or a label; null for the default. */
  readonly version: string | null;
  readonly variables: Values;
}

const members: ReadonlySet<string> = new Set(['id', 'version', 'variables']);

/** Reads `prompt`. @returns what is wrong with it, in words. */
export function readReference(prompt: JsonObject): PromptReference | string {
  const { id, version, variables } = prompt;
  for (const name of Object.keys(prompt)) {
    if (!members.has(name)) {
      return `prompt: expected id, version and variables; came ${JSON.stringify(name.slice(0, 60))}, too`;
    }
  }
  if (typeof id !== 'string' || id === '') return 'prompt.id: expected the name of a prompt';
  if (isGiven(version) && typeof version !== 'string') {
    return 'prompt.version: expected a version or a label, as a string';
  }
  if (isGiven(variables) && !isJsonObject(variables)) return 'prompt.variables: expected an object';
  return {
    id,
    version: typeof version === 'string' ? version : null,
    variables: isJsonObject(variables) ? variables : {},
  };
}

/** How OpenAI names the prompts that it stores. */
export function isOpenAiId(id: string): boolean {
  return id.startsWith('pmpt_');
}

function isGiven(value: Json | undefined): boolean {
  return value !== undefined && value !== null;
}
