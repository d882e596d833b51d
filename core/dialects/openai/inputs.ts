import type { Json, JsonObject, JsonPointer } from '../../../sdk/json.ts';
import { wrongField } from './check.ts';

/** One text of a `prompt` or `input`, with its place. */
export interface InputText {
  readonly pointer: JsonPointer;
  readonly text: string;
}

/** What a `prompt` or `input` holds: texts, or tokens that only the provider can read. */
export interface Inputs {
  readonly texts: readonly InputText[];
  readonly tokenCount: number;
}

/** Reads a field that is a string, an array of strings, an array of tokens, or an array of arrays of tokens. */
export function inputsOf(body: JsonObject, field: 'prompt' | 'input'): Inputs {
  const value = body[field];
  if (typeof value === 'string') return { texts: [{ pointer: `/${field}`, text: value }], tokenCount: 0 };
  const texts: InputText[] = [];
  let tokenCount = 0;
  for (const [index, item] of (Array.isArray(value) ? (value as readonly Json[]) : []).entries()) {
    if (typeof item === 'string') texts.push({ pointer: `/${field}/${index}`, text: item });
    else if (typeof item === 'number') tokenCount++;
    else if (Array.isArray(item)) tokenCount += item.length;
  }
  return { texts, tokenCount };
}

/** @throws GatewayError 400 with `param` where the field is none of these. */
export function checkInputs(body: JsonObject, field: 'prompt' | 'input'): void {
  const value = body[field];
  if (typeof value === 'string') return;
  const expected = 'a string, an array of strings, or an array of tokens';
  if (!Array.isArray(value) || value.length === 0) throw wrongField(field, expected, value);
  const kind = typeof value[0];
  for (let index = 0; index < value.length; index++) {
    const item = value[index] as Json;
    const tokens = Array.isArray(item) && item.length > 0 && item.every((token) => typeof token === 'number');
    const fits = typeof item === kind && (kind === 'string' || kind === 'number' || tokens);
    if (!fits) throw wrongField(`${field}[${index}]`, `${expected}, all alike`, item);
  }
}
