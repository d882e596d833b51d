import type { Json, JsonObject } from '../../../sdk/json.ts';

/** Masks a text. @param name of the member that it is the value of; '' where it has none. */
export type MaskText = (text: string, name: string) => string;

/** In place of what nobody here can read: media, signatures, tokens. */
export const leftOut = '[left out]';

/** A run of a base64 alphabet as long as no word is: bytes, whatever they say. */
const blobChars = 200;
const blob = /^[A-Za-z0-9+/_=-]*$/;
/** Vectors and arrays of tokens say things, too. */
const maxNumbers = 16;

/** A value in which every text, number and name of a member has been masked, and what cannot be read is left out. */
export function maskJson(value: Json, mask: MaskText, name = ''): Json {
  if (typeof value === 'string') return maskString(value, mask, name);
  if (typeof value === 'number') {
    const text = String(value);
    const masked = mask(text, name);
    return masked === text ? value : masked;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    if (list.length > maxNumbers && list.every((one) => typeof one === 'number')) return leftOut;
    return list.map((one) => maskJson(one, mask, name));
  }
  const masked: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value as JsonObject)) {
    if (member !== undefined) masked[mask(key, '')] = maskJson(member, mask, key);
  }
  return masked;
}

/** Masks a text; JSON in it as what it says, not as how it is escaped. */
export function maskString(text: string, mask: MaskText, name: string): string {
  const first = text.trimStart()[0];
  if (first === '{' || first === '[') {
    const inner = parsed(text);
    if (inner !== undefined) return JSON.stringify(maskJson(inner, mask, name));
  }
  if (text.startsWith('data:')) return leftOut;
  if (text.length >= blobChars && blob.test(text)) return leftOut;
  return mask(text, name);
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
