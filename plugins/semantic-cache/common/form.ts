import type { Json, JsonObject } from '../../../sdk/index.ts';

/** Thrown inside the readers: the request says something that the common form has no place for. */
export class Uncommon extends Error {
  constructor() {
    super('no common form');
    this.name = 'Uncommon';
  }
}

/** Who said something, and its texts. System and developer messages are kept apart: some servers treat them differently. */
export type CommonTurn = readonly [
  role: 'system' | 'developer' | 'user' | 'assistant',
  texts: readonly string[],
];

// Types and not interfaces: those are no JSON to the compiler.
export type CommonTool = {
  readonly name: string;
  readonly description: string;
  readonly schema: JsonObject;
  readonly strict: boolean;
};

/** `auto`, `none`, `required`, or the one tool that must be called. */
export type CommonChoice = string | { readonly name: string };

/**
 * A conversation of texts as every endpoint can say it. Members that are undefined were not said; none of them is guessed,
 * so that a default which differs between endpoints never becomes a value.
 */
export type CommonForm = {
  readonly turns: readonly CommonTurn[];
  readonly limit?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly stop?: readonly string[];
  readonly tools?: readonly CommonTool[];
  readonly choice?: CommonChoice;
  readonly parallel?: boolean;
  readonly output?: Json;
  readonly user?: string;
};

/** Values of a member that say the same as its absence. */
export function isSet(value: Json | undefined): value is Exclude<Json, null> {
  return value !== undefined && value !== null;
}

export function objectIn(value: Json | undefined): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Uncommon();
  return value as JsonObject;
}

export function listIn(value: Json | undefined): readonly Json[] {
  if (!Array.isArray(value)) throw new Uncommon();
  return value as readonly Json[];
}

export function textIn(value: Json | undefined): string {
  if (typeof value !== 'string') throw new Uncommon();
  return value;
}

export function booleanIn(value: Json | undefined): boolean {
  if (typeof value !== 'boolean') throw new Uncommon();
  return value;
}

export function numberIn(value: Json | undefined): number {
  if (typeof value !== 'number') throw new Uncommon();
  return value;
}

/** @throws Uncommon for a member that nobody looks at. */
export function onlyMembers(object: JsonObject, known: readonly string[]): void {
  for (const name in object) if (isSet(object[name]) && !known.includes(name)) throw new Uncommon();
}

/**
 * Texts of a content: a plain one, or parts of the types named. Empty parts are no common form: endpoints drop them, or
 * refuse them. A mark for the provider's own cache changes no answer.
 */
export function textsIn(content: Json | undefined, types: readonly string[]): readonly string[] {
  if (typeof content === 'string') return [nonEmpty(content)];
  const parts = listIn(content);
  if (parts.length === 0) throw new Uncommon();
  return parts.map((one) => {
    const part = objectIn(one);
    const { type } = part;
    if (typeof type !== 'string' || !types.includes(type)) throw new Uncommon();
    for (const name in part) {
      const known = name === 'type' || name === 'text' || name === 'cache_control';
      // What answers carry in these lists points into their text; empty they say nothing.
      if (!known && !(name === 'annotations' || name === 'logprobs') && isSet(part[name]))
        throw new Uncommon();
      if (!known && isSet(part[name]) && listIn(part[name]).length > 0) throw new Uncommon();
    }
    return nonEmpty(textIn(part['text']));
  });
}

function nonEmpty(text: string): string {
  if (text === '') throw new Uncommon();
  return text;
}

/** The settings that every endpoint has, most of them under the same name. */
export function settingsIn(
  { temperature, top_p: topP, tools }: JsonObject,
  limit: Json | undefined,
  functionIn: (tool: Json) => CommonTool,
): Pick<CommonForm, 'limit' | 'temperature' | 'topP' | 'tools'> {
  return {
    ...(isSet(limit) && { limit: numberIn(limit) }),
    ...(isSet(temperature) && { temperature: numberIn(temperature) }),
    ...(isSet(topP) && { topP: numberIn(topP) }),
    ...(isSet(tools) && { tools: listIn(tools).map(functionIn) }),
  };
}

/** The members of a function's declaration, under the name that its schema has. */
export function toolIn(tool: JsonObject, schemaName: string, strictDefault: boolean | null): CommonTool {
  const { name, description, strict } = tool;
  const known = isSet(strict) ? booleanIn(strict) : strictDefault;
  if (known === null) throw new Uncommon();
  return {
    name: nonEmpty(textIn(name)),
    description: isSet(description) ? textIn(description) : '',
    schema: objectIn(tool[schemaName]),
    strict: known,
  };
}
