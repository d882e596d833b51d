/** Members that hold what only the one who issued it can read, with the least length of that; keys are shorter. */
const sealedChars: Readonly<Record<string, number>> = {
  signature: 64,
  encrypted_content: 64,
  thought_signature: 64,
  thoughtSignature: 64,
  encrypted_index: 64,
  encrypted_stdout: 64,
  data: 256,
};
const leastMediaChars = 2048;

/** True for text that says nothing to anybody here: bytes in base64, a signature. Replacing a part of it breaks it. */
export function isUnreadable(name: string, text: string): boolean {
  if (isDataUrl(text)) return true;
  const least = Object.hasOwn(sealedChars, name) ? sealedChars[name]! : leastMediaChars;
  return text.length >= least && /^[A-Za-z0-9+/_=\-\r\n]+$/.test(text);
}

/** True for a data URL in base64, RFC 2397. */
export function isDataUrl(text: string): boolean {
  return text.startsWith('data:') && /^data:[\w.+/;=-]{0,100};base64,/.test(text.slice(0, 128));
}
