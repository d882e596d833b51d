/**
 * A signature or an encrypted text that only its issuer can check or read: Anthropic's thinking signatures and
 * redacted thinking, OpenAI's encrypted reasoning, Gemini's thought signatures. It goes back to its issuer as it came
 * and to nobody else.
 */
export interface Seal {
  /** The vendor whose models made it, as `Target.vendor` names them: `anthropic`, also for Claude on Bedrock. */
  readonly issuer: string;
  readonly value: string;
}

/** What a seal belongs to: a visible reasoning text, a hidden one, a tool call, or an answer's text. */
export type SealOf = 'reasoning' | 'redacted' | 'call' | 'text';

/** Names the gateway's own form, in which a seal travels through a dialect that is not its issuer's. */
const prefix = 'sluice:';
const kinds: ReadonlySet<string> = new Set(['reasoning', 'redacted', 'call', 'text']);

/**
 * A seal as one opaque text for a client whose dialect has room for one: `sluice:google:call:VALUE`. The client sends it
 * back with the conversation, and `openSeal` says whose it is.
 */
export function wrapSeal({ issuer, value }: Seal, of: SealOf): string {
  return `${prefix}${issuer}:${of}:${value}`;
}

/** Takes a text apart that `wrapSeal` made; null for any other text. */
export function openSeal(text: string): { readonly seal: Seal; readonly of: SealOf } | null {
  if (!text.startsWith(prefix)) return null;
  const [, issuer, of] = text.split(':', 3);
  if (issuer === undefined || of === undefined || !kinds.has(of)) return null;
  const value = text.slice(prefix.length + issuer.length + of.length + 2);
  return { seal: { issuer, value }, of: of as SealOf };
}
