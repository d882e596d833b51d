import { isJsonObject, type JsonObject } from '../../../sdk/json.ts';
import type { Log } from '../../../sdk/services.ts';
import { nearest } from '../../text/nearest.ts';
import type { ReadText } from '../file-source.ts';
import { maxSecretChars, SecretError, type SecretSource } from '../source.ts';
import { VaultCalls, type VaultServices } from './calls.ts';
import { VaultSession } from './session.ts';
import type { VaultSettings } from './settings.ts';

/** So long one reading of a path serves for all its fields. */
const freshMs = 1_000;

export interface VaultSourceOptions extends VaultServices {
  readonly readFile: ReadText;
  log(): Log;
}

/** Secrets of a Vault's key-value engine, version 2, over its HTTP API. `PATH#FIELD`, such as `secret/data/openai#key`. */
export class VaultSource implements SecretSource {
  readonly settings: VaultSettings;
  readonly #calls: VaultCalls;
  readonly #session: VaultSession;
  readonly #options: VaultSourceOptions;
  readonly #read = new Map<string, { readonly atMs: number; readonly data: Promise<JsonObject> }>();

  constructor(settings: VaultSettings, options: VaultSourceOptions) {
    this.settings = settings;
    this.#options = options;
    this.#calls = new VaultCalls(settings, options);
    this.#session = new VaultSession({ ...options, calls: this.#calls, login: settings.login });
  }

  async read(name: string): Promise<string> {
    const { path, field } = parsed(name);
    const data = await this.#fresh(path);
    const value = Object.hasOwn(data, field) ? data[field] : undefined;
    const text = typeof value === 'number' ? String(value) : value;
    if (text === undefined) {
      const near = nearest(field, Object.keys(data));
      throw new SecretError(
        `${path} has no field ${field}${near === undefined ? '' : `; did you mean ${near}?`}`,
      );
    }
    if (typeof text !== 'string') throw new SecretError(`${name}: expected a text, came something else`);
    if (text === '' || text.length > maxSecretChars) {
      throw new SecretError(
        `${name} is ${text === '' ? 'empty' : `longer than ${maxSecretChars} characters`}`,
      );
    }
    return text;
  }

  close(): void {
    this.#session.close();
    this.#calls.close();
    this.#read.clear();
  }

  #fresh(path: string): Promise<JsonObject> {
    const nowMs = this.#options.clock.monotonic();
    const known = this.#read.get(path);
    if (known !== undefined && nowMs - known.atMs < freshMs) return known.data;
    const data = this.#data(path);
    this.#read.set(path, { atMs: nowMs, data });
    // What failed is asked for again by whoever needs it next.
    data.catch(() => {
      if (this.#read.get(path)?.data === data) this.#read.delete(path);
    });
    return data;
  }

  async #data(path: string): Promise<JsonObject> {
    const url = path.split('/').map(encodeURIComponent).join('/');
    let answer = await this.#calls.send(url, await this.#session.token());
    // A token that ended early, or was revoked: a new one is tried, once.
    if (answer.status === 403 && this.#session.refused()) {
      answer = await this.#calls.send(url, await this.#session.token());
    }
    const outer = isJsonObject(answer.body['data']) ? answer.body['data'] : {};
    const inner = outer['data'];
    if (answer.status === 200 && isJsonObject(inner)) return inner;
    throw new SecretError(`${path}: ${whyNot(answer.status, path)}`);
  }
}

function whyNot(status: number, path: string): string {
  if (status === 403) return 'Vault denies it; the policy of the token must allow "read" there';
  if (status === 404) {
    const hint = path.includes('/data/') ? '' : '; the path of a version 2 engine is MOUNT/data/NAME';
    return `Vault has nothing there, or it was deleted${hint}`;
  }
  if (status === 200) return 'expected a secret of a key-value engine, version 2, came something else';
  if (status >= 300 && status < 400)
    return 'Vault answered with a redirect; give the address of the active node';
  return `Vault answered with status ${status}`;
}

function parsed(name: string): { readonly path: string; readonly field: string } {
  const cut = name.lastIndexOf('#');
  const path = name.slice(0, cut);
  const field = name.slice(cut + 1);
  const good =
    cut > 0 && field !== '' && /^[\w.@+ -]+(?:\/[\w.@+ -]+)+$/.test(path) && !/(^|\/)\.\.?(\/|$)/.test(path);
  if (good) return { path, field };
  throw new SecretError(`"${name}" is not understood; expected vault:MOUNT/data/NAME#FIELD`);
}
