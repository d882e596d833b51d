/** Names, versions and labels. */
const word = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export const wordForm = '1 to 128 letters, digits, ".", "_" and "-", of which the first is a letter or digit';

export function isWord(text: unknown): text is string {
  return typeof text === 'string' && word.test(text);
}
