/**
 * A stable number in [0, 1) for a text: FNV-1a over its UTF-16 units with a mixing end, so that neighbours such
 * as `user-1` and `user-2` are far apart. The guest's `hash()` is the same function; a test holds them together.
 * For shares and shards, not for secrets.
 */
export function hashShare(text: string, salt = ''): number {
  let h = 0x811c9dc5;
  h = mixText(h, salt);
  h = Math.imul(h ^ 0x1f, 0x01000193);
  h = mixText(h, text);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

function mixText(h: number, text: string): number {
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
}
