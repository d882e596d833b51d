import type { Json } from '../../sdk/index.ts';

/** How a value is written into a text. */
type Writing = 'text' | 'json' | 'json_string' | 'xml';

interface Slot {
  readonly name: string;
  readonly writing: Writing;
}

/**
 * A text with places for variables. It is taken apart once; values are put between the pieces and never read as a
 * template, so no value can change the text around it.
 */
export interface Template {
  /** One more than `slots`. */
  readonly pieces: readonly string[];
  readonly slots: readonly Slot[];
}

const name = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const filters: Readonly<Record<string, Writing>> = { json: 'json', xml: 'xml', text: 'text' };

/**
 * Takes a template apart: `{{name}}`, `{{name | json}}`, `{{name | xml}}`; `\{{` stands for two braces.
 *
 * In a text that is JSON as a whole, values are written as JSON: inside a string as part of it, elsewhere as a value.
 *
 * @throws Error for braces that hold no variable.
 */
export function parseTemplate(text: string): Template {
  const pieces: string[] = [];
  const slots: Slot[] = [];
  let piece = '';
  let at = 0;
  for (;;) {
    const open = text.indexOf('{{', at);
    if (open === -1) break;
    if (open > at && text[open - 1] === '\\') {
      piece += `${text.slice(at, open - 1)}{{`;
      at = open + 2;
      continue;
    }
    const close = text.indexOf('}}', open);
    const inside = close === -1 ? text.slice(open + 2) : text.slice(open + 2, close);
    const slot = slotOf(inside);
    if (close === -1 || slot === null) {
      throw new Error(
        `expected {{name}}, {{name | json}} or {{name | xml}}; came {{${inside.slice(0, 40)}…; write \\{{ for braces`,
      );
    }
    pieces.push(piece + text.slice(at, open));
    slots.push(slot);
    piece = '';
    at = close + 2;
  }
  pieces.push(piece + text.slice(at));
  return inJson({ pieces, slots });
}

/** The text with values in their places; a variable without a value is empty, and `null` in JSON. */
export function renderTemplate(
  { pieces, slots }: Template,
  values: Readonly<Record<string, Json | undefined>>,
): string {
  let text = pieces[0]!;
  for (const [index, { name, writing }] of slots.entries()) {
    text += written(Object.hasOwn(values, name) ? values[name] : undefined, writing) + pieces[index + 1]!;
  }
  return text;
}

function slotOf(inside: string): Slot | null {
  const [variable = '', filter, ...more] = inside.split('|').map((part) => part.trim());
  if (!name.test(variable) || more.length > 0) return null;
  if (filter === undefined) return { name: variable, writing: 'text' };
  return Object.hasOwn(filters, filter) ? { name: variable, writing: filters[filter]! } : null;
}

/** The template with its slots written as JSON, where the whole text is JSON. */
function inJson(template: Template): Template {
  const { pieces, slots } = template;
  if (slots.length === 0 || !/^\s*[[{]/.test(pieces[0]!) || !isJson(pieces.join('0'))) return template;
  let inString = false;
  let escaped = false;
  return {
    pieces,
    slots: slots.map((slot, index) => {
      for (const char of pieces[index]!) {
        if (escaped) escaped = false;
        else if (inString && char === '\\') escaped = true;
        else if (char === '"') inString = !inString;
      }
      if (slot.writing !== 'text') return slot;
      return { ...slot, writing: inString ? 'json_string' : 'json' };
    }),
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function written(value: Json | undefined, writing: Writing): string {
  switch (writing) {
    case 'json':
      return JSON.stringify(value ?? null);
    case 'json_string':
      return JSON.stringify(plain(value)).slice(1, -1);
    case 'xml':
      return plain(value).replace(/[&<>"']/g, (char) => entities[char]!);
    case 'text':
      return plain(value);
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function plain(value: Json | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
