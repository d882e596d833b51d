import { readFile } from 'node:fs/promises';

/** `package.json`, from this file: in a checkout, and where the product was compiled to `dist/`. */
const places = ['../../package.json', '../../../package.json'];

let found: Promise<string | null> | null = null;

/** The gateway's own version, such as `0.1.0`; null where nothing says it. */
export function productVersion(): Promise<string | null> {
  found ??= read();
  return found;
}

async function read(): Promise<string | null> {
  for (const place of places) {
    try {
      const { name, version } = JSON.parse(await readFile(new URL(place, import.meta.url), 'utf8')) as Record<
        string,
        unknown
      >;
      if (name === 'sluice' && typeof version === 'string') return version;
    } catch {
      // The next place.
    }
  }
  return null;
}
