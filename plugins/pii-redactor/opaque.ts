import { isJsonObject, type Json, type JsonObject, type OpaqueChunk } from '../../sdk/index.ts';
import type { Finder } from './finder.ts';
import { redactText } from './redactor.ts';
import type { Replacer } from './replacer.ts';
import { isUnreadable } from './unreadable.ts';

/** Redacts the strings of what the gateway does not interpret. The very same chunk where nothing changed. */
export function redactOpaque(chunk: OpaqueChunk, finder: Finder, replacer: Replacer): OpaqueChunk {
  const value = redactJson(chunk.value, '', finder, replacer);
  return value === chunk.value ? chunk : { ...chunk, value };
}

function redactJson(value: Json, name: string, finder: Finder, replacer: Replacer): Json {
  if (typeof value === 'string')
    return isUnreadable(name, value) ? value : redactText(value, finder, replacer);
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map((item) => redactJson(item, name, finder, replacer));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!isJsonObject(value)) return value;
  let changed: Record<string, Json | undefined> | null = null;
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const now = redactJson(member, key, finder, replacer);
    if (now === member) continue;
    changed ??= { ...value };
    changed[key] = now;
  }
  return (changed as JsonObject | null) ?? value;
}
