import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { openSeal, type Seal, type SealOf, wrapSeal } from '../../../sdk/seal.ts';

/** Who seals that do not say whose they are come from, where nobody knows better. */
export const homeVendor = 'openai';

/** What OpenRouter calls the formats of reasoning details, by the vendor whose models make them. */
const formats: Readonly<Record<string, string>> = {
  anthropic: 'anthropic-claude-v1',
  openai: 'openai-responses-v1',
  google: 'google-gemini-v1',
  xai: 'xai-responses-v1',
};
const vendors: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(formats).map(([vendor, format]) => [format, vendor])),
  'azure-openai-responses-v1': 'openai',
};
/** Begins the names of formats that OpenRouter has none for. */
const ownPrefix = 'sluice-';
/** Vendors whose visible reasoning is a summary, and whose seal is the reasoning itself, encrypted. */
const summarising: ReadonlySet<string> = new Set(['openai', 'xai']);

/** The `format` of details that a vendor's models sealed. */
export function formatOf(vendor: string): string {
  return Object.hasOwn(formats, vendor) ? formats[vendor]! : ownPrefix + vendor;
}

/** True for vendors whose reasoning OpenRouter has a format for: their reasoning usually comes sealed. */
export function hasFormat(vendor: string): boolean {
  return Object.hasOwn(formats, vendor);
}

/** Who sealed a detail of this format; `home` where the format does not say. */
export function issuerOf(format: Json | undefined, home: string): string {
  if (typeof format !== 'string') return home;
  if (Object.hasOwn(vendors, format)) return vendors[format]!;
  return format.startsWith(ownPrefix) ? format.slice(ownPrefix.length) : home;
}

/**
 * One entry of `reasoning_details`, OpenRouter's list of what a model reasoned: `reasoning.text` with a signature,
 * `reasoning.summary`, `reasoning.encrypted`. On streams the entries of one block have one `index`.
 */
export interface ReasoningDetail {
  /** '' where it says nothing readable. */
  readonly text: string;
  readonly seal: Seal | null;
  /** What the seal is of, as far as the entry says. */
  readonly of: SealOf;
  /** Of the reasoning item, or of the tool call that the seal belongs to; '' where there is none. */
  readonly id: string;
  /** Null where the entry has none. */
  readonly index: number | null;
}

/** Reads an entry, by its fields rather than its type; null for what is none. */
export function readDetail(detail: Json, home: string): ReasoningDetail | null {
  if (!isJsonObject(detail)) return null;
  const { id, index, format } = detail;
  const signature = nonEmpty(detail['signature']);
  const value = signature || nonEmpty(detail['data']);
  const opened = openSeal(value);
  return {
    text: nonEmpty(detail['text']) || nonEmpty(detail['summary']),
    seal: value === '' ? null : (opened?.seal ?? { issuer: issuerOf(format, home), value }),
    of: opened?.of ?? (signature === '' ? 'redacted' : 'reasoning'),
    id: nonEmpty(id),
    index: typeof index === 'number' ? index : null,
  };
}

/** The entry for a piece of visible reasoning. */
export function textDetail(vendor: string, text: string, index: number): JsonObject {
  const format = formatOf(vendor);
  return summarising.has(vendor)
    ? { type: 'reasoning.summary', summary: text, format, index }
    : { type: 'reasoning.text', text, format, index };
}

/**
 * The entries for a block of reasoning and its seal.
 *
 * @param text null where it has been said already, under the same index.
 */
export function blockDetails(
  block: {
    readonly text: string | null;
    readonly seal: Seal;
    readonly redacted: boolean;
    readonly id?: string | undefined;
  },
  index: number,
): JsonObject[] {
  const { text, seal, redacted, id } = block;
  const own = id === undefined ? undefined : { id };
  const format = formatOf(seal.issuer);
  if (!redacted && !summarising.has(seal.issuer)) {
    const said = text === null ? undefined : { text };
    return [{ type: 'reasoning.text', ...said, signature: seal.value, ...own, format, index }];
  }
  const encrypted = { type: 'reasoning.encrypted', data: seal.value, ...own, format, index };
  return text === null || text === '' ? [encrypted] : [textDetail(seal.issuer, text, index), encrypted];
}

/** The entry for the seal of a tool call, found again by the call's id. */
export function callDetail(seal: Seal, id: string, index: number): JsonObject {
  return { type: 'reasoning.encrypted', data: seal.value, id, format: formatOf(seal.issuer), index };
}

/** The entry for the seal of an answer's text: it says itself what it is of, for no field does. */
export function textSealDetail(seal: Seal, index: number): JsonObject {
  return {
    type: 'reasoning.encrypted',
    data: wrapSeal(seal, 'text'),
    format: formatOf(seal.issuer),
    index,
  };
}

/** Google's own place for a signature in the chat dialect: in `extra_content` of a tool call or message. */
export function thoughtSignature(extra: Json | undefined): string {
  const google = isJsonObject(extra) ? extra['google'] : undefined;
  return isJsonObject(google) ? nonEmpty(google['thought_signature']) : '';
}

/** The value of `extra_content` for a signature. */
export function extraContent(signature: string): JsonObject {
  return { google: { thought_signature: signature } };
}

function nonEmpty(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
