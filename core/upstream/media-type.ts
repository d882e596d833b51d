/** The media type of a `content-type` header, without its parameters, in lower case; '' where there is none. */
export function mediaTypeOf(value = ''): string {
  const end = value.indexOf(';');
  return (end < 0 ? value : value.slice(0, end)).trim().toLowerCase();
}

const vague: ReadonlySet<string> = new Set([
  '',
  'text/plain',
  'application/octet-stream',
  'binary/octet-stream',
]);

/** True for a media type that says nothing of the body: small servers send streams under it. */
export function isVague(mediaType: string): boolean {
  return vague.has(mediaType);
}

/** True for the first bytes of a JSON document; no event stream of lines begins so. */
export function beginsAsJson(bytes: Buffer): boolean {
  for (const byte of bytes) {
    if (byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d) continue;
    return byte === 0x7b || byte === 0x5b;
  }
  return false;
}
