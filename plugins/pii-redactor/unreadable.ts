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

/** What is read of a long text at once, in characters. */
const sliceChars = 256 * 1024;

/**
 * True for text that says nothing to anybody here: bytes in base64, a signature. Replacing a part of it breaks it. Yields
 * between slices of a long one.
 */
export function* readUnreadable(name: string, text: string): Generator<void, boolean> {
  if (isDataUrl(text)) return true;
  if (text.length < leastOf(name)) return false;
  for (let at = 0; at < text.length; at += sliceChars) {
    if (at > 0) yield;
    if (!/^[A-Za-z0-9+/_=\-\r\n]+$/.test(text.slice(at, at + sliceChars))) return false;
  }
  return true;
}

/** The same at once. */
export function isUnreadable(name: string, text: string): boolean {
  const reading = readUnreadable(name, text);
  for (;;) {
    const next = reading.next();
    if (next.done === true) return next.value;
  }
}

function leastOf(name: string): number {
  return Object.hasOwn(sealedChars, name) ? sealedChars[name]! : leastMediaChars;
}

/** True for a data URL in base64, RFC 2397. */
export function isDataUrl(text: string): boolean {
  return text.startsWith('data:') && /^data:[\w.+/;=-]{0,100};base64,/.test(text.slice(0, 128));
}
