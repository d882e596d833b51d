import { maxSecretChars, SecretError, type SecretSource } from './source.ts';

/** Reads a text file; rejects with the usual `code` (`ENOENT`, …) where it cannot. */
export type ReadText = (path: string) => Promise<string>;

/**
 * Reads files by their absolute path, without the line ends that editors add. The path is opened anew each time: a file that
 * was put in another's place, or a folder whose symbolic link now leads elsewhere (as Kubernetes swaps secrets), is read as it
 * is now.
 */
export function fileSource(readFile: ReadText): SecretSource {
  return {
    async read(path) {
      let text: string;
      try {
        text = (await readFile(path)).replace(/[\r\n]+$/, '');
      } catch (error) {
        throw new SecretError(whyUnreadable(error));
      }
      if (text === '') throw new SecretError('is empty');
      if (text.length > maxSecretChars) throw new SecretError(`is longer than ${maxSecretChars} characters`);
      return text;
    },
  };
}

/** Why a file could not be read, in words. */
export function whyUnreadable(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EACCES') return 'may not be read; check its permissions';
  if (code === 'EISDIR') return 'is a folder; expected a file';
  return `cannot be read (${typeof code === 'string' ? code : String(error)})`;
}
