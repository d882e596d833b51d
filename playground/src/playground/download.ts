import type { DraftFile } from '../engine/messages.ts';

/** Gives a text to the person as a file. */
export function download(name: string, text: string, type = 'text/plain'): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Each file by itself, under its own name, as it belongs into the folder. */
export function downloadFiles(files: readonly DraftFile[]): void {
  for (const { name, text } of files) download(name, text);
}
