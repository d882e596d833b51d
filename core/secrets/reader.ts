import { Secret } from '../../sdk/secret.ts';
import { SecretError, type SecretScheme } from './source.ts';

/** A secret as one load read it. */
export interface ReadSecret {
  readonly scheme: SecretScheme;
  /** What follows the scheme: a path, or `PATH#FIELD`. */
  readonly name: string;
  readonly value: Secret;
}

/** What a reader asks of where secrets come from. */
export interface Origins {
  /** @throws {SecretError} */
  read(scheme: SecretScheme, name: string): Promise<string>;
  /** The value that is in use; null where the reference is new. Told why it could not be read anew. */
  lastGood(scheme: SecretScheme, name: string, problem: string): Secret | null;
}

/** Reads the references of one load, such as of one `gateway.yaml`, and remembers what it read. */
export class SecretReader {
  readonly #origins: Origins;
  readonly #read = new Map<string, ReadSecret>();

  constructor(origins: Origins) {
    this.#origins = origins;
  }

  /** Everything read so far that can change, by scheme and name. */
  get values(): ReadonlyMap<string, ReadSecret> {
    return this.#read;
  }

  /**
   * The secret, read anew. Where that fails and an earlier load has a value in use, that one.
   *
   * @throws {SecretError} where there is neither.
   */
  async read(scheme: SecretScheme, name: string): Promise<string> {
    const value = await this.#freshOrLast(scheme, name);
    if (scheme !== 'env') this.#read.set(keyOf(scheme, name), { scheme, name, value: new Secret(value) });
    return value;
  }

  /** True where both read the same references and got the same. */
  equals(other: SecretReader): boolean {
    if (this.#read.size !== other.#read.size) return false;
    for (const [key, { value }] of this.#read) {
      if (other.#read.get(key)?.value.reveal() !== value.reveal()) return false;
    }
    return true;
  }

  async #freshOrLast(scheme: SecretScheme, name: string): Promise<string> {
    try {
      return await this.#origins.read(scheme, name);
    } catch (error) {
      if (!(error instanceof SecretError)) throw error;
      const last = this.#origins.lastGood(scheme, name, error.message);
      if (last === null) throw error;
      return last.reveal();
    }
  }
}

export function keyOf(scheme: SecretScheme, name: string): string {
  return `${scheme}:${name}`;
}
