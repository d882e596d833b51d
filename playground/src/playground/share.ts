import type { Given } from '../../../core/policy-test/case.ts';
import type { DraftFile } from '../engine/messages.ts';

/** Everything that a link or an export carries: what is tried, and on what. */
export interface SharedState {
  readonly v: 1;
  readonly files: readonly DraftFile[];
  /** Facts of the request, with the script of the providers. */
  readonly given: Given;
  /** The file that is looked at. */
  readonly active: string;
}

const prefix = '#p1/';
/** A link may not be longer than this: mail and chat programs cut what is. */
export const maxLinkChars = 8_000;
/** What a link unpacks to at most. Deflate packs a thousandfold, so this is counted while it unpacks. */
export const maxStateBytes = 1_000_000;
const maxFiles = 100;

/** A shared state that cannot be read. The message is for whoever opened it. */
export class ShareError extends Error {
  override readonly name = 'ShareError';
}

/** The state as the fragment of an address: never sent to a server. */
export async function toFragment(state: SharedState): Promise<string> {
  const stream = new Blob([JSON.stringify(state)]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return prefix + toBase64Url(new Uint8Array(await new Response(stream).arrayBuffer()));
}

/** @throws ShareError for what is none of ours, damaged or too large; null where the fragment is another one. */
export async function fromFragment(fragment: string): Promise<SharedState | null> {
  if (!fragment.startsWith(prefix)) return null;
  let packed: Uint8Array<ArrayBuffer>;
  try {
    packed = fromBase64Url(fragment.slice(prefix.length));
  } catch {
    throw new ShareError('The link is damaged: its last part was cut or changed.');
  }
  return fromText(await unpack(packed));
}

/** An exported file, or an unpacked link. @throws ShareError */
export function fromText(text: string): SharedState {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ShareError('It holds no playground: its text is not JSON.');
  }
  if (!isState(value)) throw new ShareError('It holds no playground of this version.');
  const { files, given, active } = value;
  return {
    v: 1,
    files: files.map(({ name, text }) => ({ name, text })),
    given,
    active: files.some(({ name }) => name === active) ? active : (files[0]?.name ?? ''),
  };
}

async function unpack(packed: Uint8Array<ArrayBuffer>): Promise<string> {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.byteLength;
      if (bytes > maxStateBytes) throw new ShareError(`It unpacks to more than ${maxStateBytes} bytes.`);
      pieces.push(value as Uint8Array<ArrayBuffer>);
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    if (error instanceof ShareError) throw error;
    throw new ShareError('The link is damaged: its last part was cut or changed.');
  }
  return new Blob(pieces).text();
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isState(value: unknown): value is SharedState {
  if (!isRecord(value) || value['v'] !== 1 || !isRecord(value['given'])) return false;
  const { files, active } = value;
  return (
    typeof active === 'string' &&
    Array.isArray(files) &&
    files.length <= maxFiles &&
    files.every(
      (file) => isRecord(file) && typeof file['name'] === 'string' && typeof file['text'] === 'string',
    ) &&
    new Set(files.map(({ name }) => name)).size === files.length &&
    files.every(({ name }) => isFileName(name))
  );
}

/** A name that may stand in a policies folder: no way out of it, nothing hidden. */
export function isFileName(name: string): boolean {
  return /^[A-Za-z0-9][\w.-]{0,99}$/.test(name) && !name.includes('..');
}

function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text).replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}
