import { GatewayError } from '../../sdk/errors.ts';
import type { KeyRecord, KeyStore } from '../../sdk/keys.ts';
import type { KeyDirectory } from './directory.ts';
import { FieldProblem, type FieldReader } from './field.ts';
import { hashKey, keyName } from './secret-key.ts';

const token = /^[0-9a-f]{64}$/;

/** What a request calls a key by: the key itself, its token or its alias. */
export const keyReference: FieldReader<string> = (value) => {
  if (typeof value === 'string' && value !== '' && value.length <= 512) return value;
  throw new FieldProblem('a key (sk-…), its token or its alias', 'something else');
};

/** Several of them. */
export const keyReferences: FieldReader<readonly string[]> = (value) => {
  if (Array.isArray(value) && value.length > 0 && value.length <= 100) return value.map(keyReference);
  throw new FieldProblem('a list of 1 to 100 keys, tokens or aliases', 'something else');
};

/** Finds keys by what people call them. */
export class KeyFinder {
  readonly #store: KeyStore;
  readonly #directory: KeyDirectory;

  constructor(store: KeyStore, directory: KeyDirectory) {
    this.#store = store;
    this.#directory = directory;
  }

  /**
   * The record of a key, as the store has it now.
   *
   * @throws GatewayError 404 `not_found`; 400 for an alias that several keys have; 503 `store_unavailable`
   */
  async record(reference: string): Promise<KeyRecord> {
    const found = await this.#store.get(await this.#hash(reference));
    if (found === null) throw notFound([reference]);
    return found;
  }

  /**
   * Records of several keys, each once.
   *
   * @throws GatewayError 404 `not_found` that names all that there are not
   */
  async records(references: readonly string[]): Promise<KeyRecord[]> {
    const missing: string[] = [];
    const found = new Map<string, KeyRecord>();
    for (const reference of references) {
      try {
        const record = await this.record(reference);
        found.set(record.hash, record);
      } catch (error) {
        if (!(error instanceof GatewayError) || error.code !== 'not_found') throw error;
        missing.push(reference);
      }
    }
    if (missing.length > 0) throw notFound(missing);
    return [...found.values()];
  }

  async #hash(reference: string): Promise<string> {
    if (token.test(reference)) return reference;
    if (reference.startsWith('sk-')) return hashKey(reference);
    // Another gateway may have given the alias a moment ago.
    await this.#directory.sync();
    const [first, ...others] = this.#directory.withAlias(reference);
    if (first === undefined) throw notFound([reference]);
    if (others.length === 0) return first.hash;
    const tokens = [first, ...others].map(({ hash }) => hash).join(', ');
    throw new GatewayError(
      'invalid_request',
      `expected an alias of one key; ${reference} is the alias of several; name one of them by its token: ${tokens}`,
      { param: 'key' },
    );
  }
}

function notFound(references: readonly string[]): GatewayError {
  // A key that was mistyped may still be most of a key: it does not go into messages and logs.
  const names = references.map((one) => (one.startsWith('sk-') ? keyName(one) : `"${one.slice(0, 100)}"`));
  return new GatewayError(
    'not_found',
    `There is no key ${names.join(', ')}. See /key/list for the tokens and aliases of all keys.`,
    { param: 'key' },
  );
}
