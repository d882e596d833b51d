/**
 * Redacted reasoning as a seal's value, and back. Converse has bytes, in base64; for Claude these are the very text that
 * Anthropic's own API calls `data`, so that a conversation can go on at either. Other vendors' bytes stay in base64.
 */
export function redactedSeal(base64: string, issuer: string): string {
  return issuer === 'anthropic' ? Buffer.from(base64, 'base64').toString('latin1') : base64;
}

/** The reverse of `redactedSeal`. */
export function redactedBytes(value: string, issuer: string): string {
  return issuer === 'anthropic' ? Buffer.from(value, 'latin1').toString('base64') : value;
}
