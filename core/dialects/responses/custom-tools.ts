import type { Tool } from '../../../sdk/conversation.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';

/**
 * Custom tools take free text instead of JSON (Codex's `apply_patch`). Other providers have none, so one is offered to
 * them as a function with one string parameter. The parameter's name is what tells its calls from those of functions
 * when they come back: whoever writes the answer does not know the request.
 */
const parameter = 'custom_tool_input';
const beginning = `{"${parameter}":`;

/** The function that stands in for a custom tool. A grammar goes into the description, where the model reads it. */
export function customAsFunction(tool: JsonObject): Tool {
  const { name, description, format } = tool;
  const texts = [typeof description === 'string' ? description : ''];
  if (isJsonObject(format) && format['type'] === 'grammar' && typeof format['definition'] === 'string') {
    const syntax = typeof format['syntax'] === 'string' ? `${format['syntax']} ` : '';
    texts.push(`The input must follow this ${syntax}grammar:\n${format['definition']}`);
  }
  const property = { type: 'string', description: 'The whole input of the tool, as plain text.' };
  return {
    name: String(name),
    description: texts.filter((text) => text !== '').join('\n\n'),
    schema: {
      type: 'object',
      properties: { [parameter]: property },
      required: [parameter],
      additionalProperties: false,
    },
    strict: null,
  };
}

/** Arguments of the function for a custom tool's input. */
export function customArguments(input: string): string {
  return JSON.stringify({ [parameter]: input });
}

/** Whether arguments are those of a custom tool's function; `maybe` while too little of them has come. */
export function isCustomCall(start: string): 'yes' | 'no' | 'maybe' {
  const dense = start.slice(0, 100).replace(/\s+/g, '');
  if (dense.startsWith(beginning)) return 'yes';
  // More white space than anybody writes: looking at it again with every piece would take ever longer.
  return beginning.startsWith(dense) && start.length < 100 ? 'maybe' : 'no';
}

/** The input in a custom call's arguments; of arguments that were cut, what is there. */
export function customInput(text: string): string {
  try {
    const value = (JSON.parse(text) as Record<string, Json>)[parameter] ?? '';
    return typeof value === 'string' ? value : JSON.stringify(value);
  } catch {
    return cutInput(text.slice(text.indexOf(':') + 1).trimStart());
  }
}

/** A JSON string that broke off: without an escape that was cut. */
function cutInput(text: string): string {
  const whole = text.replace(/^"/, '').replace(/\\(?:u[0-9a-fA-F]{0,3})?$/, '');
  try {
    return JSON.parse(`"${whole}"`) as string;
  } catch {
    return whole;
  }
}
