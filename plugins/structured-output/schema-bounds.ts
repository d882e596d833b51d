import { isJsonObject, type Json } from '../../sdk/index.ts';
import type { WantedSchema } from './wanted.ts';

/** Keywords whose value is data, not a schema. */
const data = new Set(['enum', 'const', 'default', 'examples', 'example']);

/** Why a schema is not even compiled; null where it may be. Costs a walk, stopped at the bounds. */
export function outOfBounds(
  { schema, text }: WantedSchema,
  { maxChars, maxDepth }: { readonly maxChars: number; readonly maxDepth: number },
): string | null {
  if (text.length > maxChars) return `it has ${text.length} characters; expected at most ${maxChars}`;
  const waiting: { readonly value: Json | undefined; readonly depth: number }[] = [
    { value: schema, depth: 1 },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, depth } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > maxDepth) return `it is nested deeper than ${maxDepth} levels`;
    if (!isJsonObject(value)) {
      for (const item of value) waiting.push({ value: item, depth: depth + 1 });
      continue;
    }
    for (const [name, inner] of Object.entries(value)) {
      if (name === '$ref' && typeof inner === 'string' && !inner.startsWith('#')) {
        return 'a $ref points out of it; expected one that begins with #';
      }
      if ((name === '$dynamicRef' || name === '$recursiveRef') && typeof inner === 'string') {
        return `${name} is not supported; use $ref`;
      }
      if (!data.has(name)) waiting.push({ value: inner, depth: depth + 1 });
    }
  }
  return null;
}
