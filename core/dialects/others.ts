import type { Json, JsonObject } from '../../sdk/json.ts';
import type { OtherView, TextView } from '../../sdk/view.ts';
import { pointerToken } from '../body/json-pointer.ts';

/** Nine digits: the shortest number that could be somebody's. Token ids, sizes and settings are shorter. */
const leastNumber = 100_000_000;
/** The shortest member name that could hold something about a person. */
const leastName = 7;

/** Everything of a body that `texts` does not list and that could say something, in the order of the body. */
export function otherTexts(body: JsonObject, texts: readonly TextView[]): readonly OtherView[] {
  const known = new Set(texts.map(({ pointer }) => pointer));
  // The model's name is the gateway's business: `changes.model`.
  known.add('/model');
  const out: OtherView[] = [];
  walk(body, '', known, out);
  return out;
}

function walk(value: Json | undefined, pointer: string, known: ReadonlySet<string>, out: OtherView[]): void {
  if (typeof value === 'string') {
    if (value !== '' && !known.has(pointer)) out.push({ pointer, kind: 'text', text: value });
  } else if (typeof value === 'number') {
    if (Math.abs(value) >= leastNumber) out.push({ pointer, kind: 'number', text: String(value) });
  } else if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item = value[index] as Json;
      // Arrays of tokens are long.
      if (typeof item === 'number' && item < leastNumber && item > -leastNumber) continue;
      walk(item, `${pointer}/${index}`, known, out);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      const at = `${pointer}/${pointerToken(name)}`;
      if (name.length >= leastName) out.push({ pointer: at, kind: 'name', text: name });
      if (isKind(name, member as Json | undefined)) continue;
      walk(member as Json | undefined, at, known, out);
    }
  }
}

/** True for a word of the dialect, such as a message's role: nobody may change it, and nobody put it into words. */
function isKind(name: string, value: Json | undefined): boolean {
  return (name === 'role' || name === 'type') && typeof value === 'string' && /^[A-Za-z_]{1,64}$/.test(value);
}
