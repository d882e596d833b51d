import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { openSeal } from '../../../sdk/seal.ts';
import type { JsonEdit } from '../../body/json-text.ts';
import type { ForeignBlocks } from '../dialect.ts';

/** Whose an encrypted content is that does not say it. */
export const homeVendor = 'openai';

const nothing: ForeignBlocks = Object.freeze({ edits: [], dropped: [] });

/**
 * Ids that this gateway made up for reasoning of other vendors: OpenAI looks for reasoning without encrypted content by
 * its id, and would refuse the request because it does not find it.
 */
const ownId = /^rs_[a-zA-Z0-9]{1,40}_\d{1,6}$/;

/** Takes reasoning out that another vendor encrypted, and the gateway's wrapping off the target's own. */
export function foreignItems(body: JsonObject, vendor: string, home: string | null): ForeignBlocks {
  const { input } = body;
  if (!Array.isArray(input)) return nothing;
  let edits: JsonEdit[] | null = null;
  let dropped = false;
  for (let index = 0; index < input.length; index++) {
    const item = input[index] as Json;
    if (!isJsonObject(item) || item['type'] !== 'reasoning') continue;
    const value = valueFor(item, vendor, home ?? homeVendor);
    if (value === item['encrypted_content']) continue;
    edits ??= [];
    if (value === null) {
      dropped = true;
      edits.push({ pointer: `/input/${index}`, value: undefined });
    } else edits.push({ pointer: `/input/${index}/encrypted_content`, value });
  }
  return edits === null ? nothing : { edits, dropped: dropped ? ['reasoning'] : [] };
}

/** The encrypted content for this vendor; null where the item must not go there. */
function valueFor(item: JsonObject, vendor: string, home: string): Json | undefined {
  const { encrypted_content: value, id } = item;
  if (typeof value !== 'string' || value === '')
    return typeof id === 'string' && ownId.test(id) ? null : value;
  const opened = openSeal(value);
  if (opened === null) return home === vendor ? value : null;
  const { seal, of } = opened;
  return seal.issuer === vendor && (of === 'redacted' || of === 'reasoning') ? seal.value : null;
}
