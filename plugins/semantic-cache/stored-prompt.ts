import { isJsonObject, type Json } from '../../sdk/index.ts';
import { type Facts, GUARD_VERSION } from './guard/facts.ts';

/** What is kept beside the vector of a prompt. */
export interface StoredPrompt {
  readonly facts: Facts;
  /** Packed. */
  readonly answer: Json;
}

export function packPrompt({ facts, answer }: StoredPrompt): Json {
  return { f: facts as unknown as Json, a: answer };
}

/** What was packed; null for anything else, and for facts of another guard. */
export function unpackPrompt(meta: Json): StoredPrompt | null {
  if (!isJsonObject(meta)) return null;
  const { f, a } = meta;
  if (!isJsonObject(f) || f['version'] !== GUARD_VERSION || !isJsonObject(a)) return null;
  return { facts: f as unknown as Facts, answer: a };
}
