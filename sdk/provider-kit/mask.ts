/** Longer messages are cut: the reason is at the front, and what follows may be the whole prompt. */
const maxChars = 500;
/** Looked at before masking. Error texts can repeat prompts of any length. */
const maxReadChars = 2000;

/**
 * What an upstream's text may not show, and what stands in its place. Every repeat is bounded, so that a text made to
 * be slow to match is not. Order matters: addresses before the names of hosts in them.
 */
const masks: readonly (readonly [RegExp, string])[] = [
  [/[\x00-\x1f\x7f]+/g, ' '],
  [/\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s"'`<>)\]]{1,1000}/gi, '[url]'],
  [/[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}/g, '[e-mail]'],
  [/\bbearer [^\s"'`]{1,1000}/gi, 'Bearer [secret]'],
  [/\b(?:sk|pk|rk|gsk|csk|xai|nvapi|pplx|hf|tgp|r8|fw)[-_][\w*.-]{3,500}/gi, '[secret]'],
  [/\b(?:AIza|AKIA|ASIA|ya29\.|eyJ)[\w.-]{8,1000}/g, '[secret]'],
  [/\b(?:org|proj|user|acct|team)[-_](?=[a-z_-]{0,40}[0-9A-Z])[\w-]{4,200}/g, '[id]'],
  // Keys without a telling prefix, request ids, hashes.
  [/\b(?=[A-Za-z_-]{0,40}\d)[\w-]{32,500}/g, '[id]'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/g, '[address]'],
  [
    /\b(?:[a-z0-9-]{1,63}\.){1,5}(?:com|org|net|io|ai|dev|app|cloud|internal|local|svc)\b(?::\d{1,5})?(?:\/[^\s"'`<>)\]]{0,500})?/gi,
    '[url]',
  ],
];

/** An upstream's text as a client may see it: no keys, ids, addresses or control characters, at most 500 characters. */
export function maskUpstreamText(text: string): string {
  let masked = text.slice(0, maxReadChars);
  for (const [pattern, replacement] of masks) masked = masked.replace(pattern, replacement);
  masked = masked.replace(/ {2,}/g, ' ').trim();
  if (masked.length <= maxChars) return masked.toWellFormed();
  return `${masked.slice(0, maxChars - 1).toWellFormed()}…`;
}
