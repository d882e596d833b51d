/** Where references lead: `${NAME}` is the environment, `${file:PATH}` a file, `${vault:PATH#FIELD}` a Vault. */
export type SecretScheme = 'env' | 'file' | 'vault';

/** One place that secrets are read from. */
export interface SecretSource {
  /**
   * Reads a secret anew.
   *
   * @param name what follows the scheme: a variable's name, an absolute path, or `PATH#FIELD`.
   * @throws {SecretError} where there is none. Whatever else is thrown is a bug.
   */
  read(name: string): Promise<string>;
  /** Ends what the source has under way; nothing is read after it. */
  close?(): void;
}

/** A secret that could not be read. The message says why, for people; it never holds a secret or an address. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
}

/** Longer than any key, certificate or token; more is a wrong file. */
export const maxSecretChars = 65_536;
