import { isJsonObject, type Json } from '../../../sdk/json.ts';

/** The joined text of content parts of one kind: plain text, or thinking (whose text is a list of parts again). */
export function partsText(parts: readonly Json[], kind: 'text' | 'thinking'): string {
  let text = '';
  for (const part of parts) {
    if (!isJsonObject(part)) continue;
    if (kind === 'text' && typeof part['text'] === 'string') text += part['text'];
    if (kind !== 'thinking') continue;
    const thinking = part['thinking'];
    if (typeof thinking === 'string') text += thinking;
    else if (Array.isArray(thinking)) text += partsText(thinking, 'text');
  }
  return text;
}

/** The parts with all text of one kind replaced: the first part takes the new text, the others are emptied. */
export function replacePartsText(parts: readonly Json[], kind: 'text' | 'thinking', text: string): Json[] {
  let left = text;
  return parts.map((part) => {
    if (!isJsonObject(part)) return part;
    const own = part[kind];
    if (typeof own === 'string') {
      const put = left;
      left = '';
      return { ...part, [kind]: put };
    }
    if (kind === 'text' || !Array.isArray(own)) return part;
    const inner = replacePartsText(own, 'text', left);
    if (partsText(own, 'text') !== '') left = '';
    return { ...part, thinking: inner };
  });
}
