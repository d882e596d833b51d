import { readFile } from 'node:fs/promises';
import type { AnyProviderKind } from '../../sdk/provider.ts';
import type { GatewayConfig } from '../config/config.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { folderOf } from '../config/references.ts';
import type { References } from '../program/plugin-secrets.ts';
import type { SecretReader } from '../secrets/reader.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { GatewayOptions } from './options.ts';

/** Reads the configuration, and again with what its secrets are by then. */
export class ConfigReader {
  readonly #options: GatewayOptions;
  readonly #kinds: ReadonlyMap<string, AnyProviderKind>;
  readonly #secrets: Secrets;
  readonly #loaded = new WeakMap<GatewayConfig, LoadedConfig>();

  constructor(options: GatewayOptions, kinds: ReadonlyMap<string, AnyProviderKind>, secrets: Secrets) {
    this.#options = options;
    this.#kinds = kinds;
    this.#secrets = secrets;
  }

  /** @throws ProblemsError */
  async read(): Promise<GatewayConfig> {
    const { config, warn } = this.#options;
    const inline = typeof config === 'object' && config !== null ? config.text : null;
    const loaded = await this.#load(inline);
    for (const problem of loaded.problems) warn?.(problem);
    return loaded.config;
  }

  /**
   * The same configuration with its secrets read anew: the file itself may have been edited meanwhile by somebody who is not
   * done with it.
   *
   * @throws ProblemsError
   */
  async again(config: GatewayConfig): Promise<GatewayConfig> {
    return (await this.#load(this.#loaded.get(config)?.text ?? null)).config;
  }

  /** What the secrets of a configuration were read by. */
  readerOf(config: GatewayConfig): SecretReader | undefined {
    return this.#loaded.get(config)?.reader;
  }

  /** True where both were made of the same text and the same secrets. */
  same(a: GatewayConfig, b: GatewayConfig): boolean {
    const [first, second] = [this.readerOf(a), this.readerOf(b)];
    return first !== undefined && second !== undefined && first.equals(second);
  }

  /** Secrets of plugin files are found where those of the configuration are. */
  references(reader: SecretReader): References {
    const { config, env } = this.#options;
    const file = typeof config === 'string' ? config : null;
    return { env, readFile: readText, folder: folderOf(file), secrets: reader };
  }

  async #load(text: string | null): Promise<LoadedConfig> {
    const { config, env, host, port } = this.#options;
    const file = typeof config === 'string' ? config : (config?.name ?? null);
    const loaded = await loadConfig({
      file,
      env,
      kinds: this.#kinds,
      secrets: this.#secrets,
      ...(text === null ? undefined : { readFile: (path: string) => textOr(path, file, text) }),
      ...(host === undefined ? undefined : { host }),
      ...(port === undefined ? undefined : { port }),
    });
    this.#loaded.set(loaded.config, loaded);
    return loaded;
  }
}

export function readText(path: string): Promise<string> {
  return readFile(path, 'utf8');
}

async function textOr(path: string, file: string | null, text: string): Promise<string> {
  return path === file ? text : await readText(path);
}
