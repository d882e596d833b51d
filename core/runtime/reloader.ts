import type { AnyProviderKind } from '../../sdk/provider.ts';
import type { Log } from '../../sdk/services.ts';
import type { GatewayConfig, StoresConfig } from '../config/config.ts';
import { type Problem, ProblemsError } from '../problem.ts';
import type { Programs } from '../program/registry.ts';
import type { Program } from '../program/step.ts';
import type { SecretReader } from '../secrets/reader.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { ConfigReader } from './config-reader.ts';
import { createSetup, type Foundations, type Setup } from './setup.ts';
import type { Setups } from './setups.ts';
import type { StoreName } from './stores.ts';

export interface ReloaderParts {
  readonly configs: ConfigReader;
  readonly secrets: Secrets;
  readonly kinds: ReadonlyMap<string, AnyProviderKind>;
  readonly foundations: Foundations;
  readonly setups: Setups;
  readonly programs: Programs;
  setLoading(setup: Setup): void;
  /** What the secrets of a program's plugin files were read by. */
  secretsOf(program: Program): SecretReader | undefined;
  /** @returns the stores that cannot follow without a restart. */
  renewStores(config: StoresConfig): Promise<readonly StoreName[]>;
}

/** Brings changes of configuration, policies and secrets into use, one after another. */
export class Reloader {
  readonly #parts: ReloaderParts;
  readonly #log: Log;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: ReloaderParts) {
    this.#parts = parts;
    this.#log = parts.foundations.base.log;
  }

  /** Looks for changed secrets from now on. */
  watchSecrets(): void {
    const { secrets, configs, setups } = this.#parts;
    secrets.watch({
      inUse: () =>
        [configs.readerOf(setups.current.config), this.#policySecrets()].filter((one) => one !== undefined),
      changed: () => this.#inTurn(() => this.#rotate()),
    });
  }

  /** @returns what is wrong; nothing changed where that holds errors. */
  reload(): Promise<readonly Problem[]> {
    return this.#inTurn(() => this.#reload());
  }

  async #reload(): Promise<readonly Problem[]> {
    const { foundations, configs, setups, programs, kinds, setLoading } = this.#parts;
    const before = setups.current;
    let next: Setup;
    try {
      const config = await configs.read();
      if (config.version === before.config.version && config.file !== null) {
        next = await this.#renewed(config);
      } else {
        next = await createSetup(config, kinds, foundations);
        await this.#renewStores(config);
      }
    } catch (error) {
      const problems = problemsOf(error);
      this.#log.error({ problems }, 'the configuration was not changed');
      return problems;
    }
    setLoading(next);
    const result = await programs.reload({ force: next !== before || (await this.#policySecretsChanged()) });
    if (result.ok) {
      await setups.replace(next);
      return [];
    }
    setLoading(setups.current);
    await setups.discard(next);
    return result.problems;
  }

  /** Keys first: a mistake in the policies folder must not keep a revoked key in use. */
  async #rotate(): Promise<void> {
    const { configs, setups, programs } = this.#parts;
    try {
      await this.#renewed(await configs.again(setups.current.config));
    } catch (error) {
      this.#log.error(
        { problems: problemsOf(error) },
        'changed secrets were not taken over; those before stay in use',
      );
    }
    if (await this.#policySecretsChanged()) await programs.reload({ force: true });
  }

  async #renewed(config: GatewayConfig): Promise<Setup> {
    const { configs, setups } = this.#parts;
    const { current } = setups;
    if (configs.same(config, current.config)) return current;
    // Stores first: they may have refused their login already, and a mistake in a provider's key is none of theirs.
    await this.#renewStores(config);
    await current.renew(config);
    this.#log.info({ config: config.version }, 'changed secrets of the configuration are in use');
    return current;
  }

  async #renewStores({ stores }: GatewayConfig): Promise<void> {
    const later = await this.#parts.renewStores(stores);
    if (later.length === 0) return;
    this.#log.warn({ stores: later }, 'the address of a store changed; it is taken over at the next start');
  }

  #policySecrets(): SecretReader | undefined {
    const { programs, secretsOf } = this.#parts;
    return programs.current === null ? undefined : secretsOf(programs.current);
  }

  async #policySecretsChanged(): Promise<boolean> {
    const before = this.#policySecrets();
    if (before === undefined || before.values.size === 0) return false;
    const now = this.#parts.secrets.reader();
    for (const { scheme, name } of before.values.values()) await now.read(scheme, name);
    return !now.equals(before);
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(change);
    this.#queue = run.catch(() => undefined);
    return run;
  }
}

function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof ProblemsError) return error.problems;
  const message = error instanceof Error ? error.message : String(error);
  return [{ file: 'gateway.yaml', line: 0, column: 0, severity: 'error', message }];
}
