import type { Json } from '../../sdk/index.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Values as the stores take them. */
export function bytesOf(json: Json): Uint8Array {
  return encoder.encode(JSON.stringify(json));
}

/** @returns undefined for bytes that are no JSON. */
export function jsonOf(bytes: Uint8Array): Json | undefined {
  try {
    return JSON.parse(decoder.decode(bytes)) as Json;
  } catch {
    return undefined;
  }
}
