import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the app is built to, from this file: in a checkout, and where the product was compiled to `dist/`. */
const places = ['../../../playground/dist/', '../../../../playground/dist/'];

/** The folder of the built app; it may be absent. */
export function appFolder(): string {
  const folders = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return folders.find((folder) => existsSync(`${folder}index.html`)) ?? folders[0]!;
}
