import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import type { ProviderCase } from './fixture.ts';

/** Members that hold signatures and encrypted reasoning, in any provider's format. */
const names: ReadonlySet<string> = new Set([
  'signature',
  'thoughtSignature',
  'thought_signature',
  'encrypted_content',
  'redactedContent',
]);

/**
 * The signatures and encrypted texts in an answer, as the provider wrote them, in order. Only what a complete answer
 * means: OpenAI announces reasoning items with an encrypted text that is not yet theirs.
 */
export function sealsOf({ payloads, api }: ProviderCase): string[] {
  const found: string[] = [];
  for (const payload of payloads) {
    if (api === 'responses' && payloads.length > 1 && payload['type'] !== 'response.output_item.done')
      continue;
    collect(payload, found, 0);
  }
  return [...new Set(found)];
}

/** The signatures and encrypted texts in what a client sends back. */
export function sealsIn(turn: readonly JsonObject[]): string[] {
  const found: string[] = [];
  collect(turn, found, 0);
  return [...new Set(found)];
}

function collect(value: Json | undefined, found: string[], depth: number): void {
  if (depth > 50) return;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) collect(item, found, depth + 1);
  }
  if (!isJsonObject(value)) return;
  // Results of server tools hold encrypted texts, too; they are part of blocks that only their dialect knows.
  if (typeof value['type'] === 'string' && /_tool_result$|web_search/.test(value['type'])) return;
  for (const name in value) {
    const member = value[name];
    const sealed =
      names.has(name) ||
      (name === 'data' && (value['type'] === 'redacted_thinking' || value['type'] === 'reasoning.encrypted'));
    if (sealed && typeof member === 'string' && member !== '') found.push(member);
    else collect(member, found, depth + 1);
  }
}
