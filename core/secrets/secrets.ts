import { createHmac, randomBytes } from 'node:crypto';
import type { Cancel, Clock, Log } from '../../sdk/services.ts';
import type { Transport } from '../../sdk/transport.ts';
import { type Environment, envSource } from './env-source.ts';
import { fileSource, type ReadText } from './file-source.ts';
import { keyOf, type ReadSecret, SecretReader } from './reader.ts';
import { SecretError, type SecretScheme, type SecretSource } from './source.ts';
import { sameVault, type VaultSettings } from './vault/settings.ts';
import { VaultSource } from './vault/vault-source.ts';

/** How often files are read again where nothing else is configured. */
export const defaultPollMs = 5_000;
/** Whoever writes a file in place, and not beside it, is given so long to end. */
const settleMs = 250;
/** Values that were refused are tried again then: what refused them may have been something else. */
const tryAgainMs = 60_000;

export interface SecretsOptions {
  readonly env: Environment;
  readonly readFile: ReadText;
  readonly clock: Clock;
  readonly http: Transport;
  /** Asked at each use: the configuration that is read here says what is logged. */
  log(): Log;
  /** True where nobody else uses `http`. */
  readonly closeHttp?: boolean;
}

/** A reference that could not be read anew; the value read before it stays in use. */
export interface FailingSecret {
  readonly scheme: SecretScheme;
  readonly name: string;
  readonly problem: string;
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
}

/** What is watched, and what follows a change. */
export interface SecretWatch {
  /** The readers of what is in use: of the configuration, of the policies. Asked at each look. */
  inUse(): readonly SecretReader[];
  /** Some values differ from those in use. What it throws is logged. */
  changed(): Promise<void>;
}

/**
 * Where secrets come from, and whether they are still what they were. Files are looked at every few seconds, Vault as often
 * as `refresh` says. What cannot be read keeps its last value and is reported.
 */
export class Secrets {
  readonly #options: SecretsOptions;
  readonly #sources: Record<'env' | 'file', SecretSource>;
  readonly #failing = new Map<string, FailingSecret>();
  /** Values that were tried and refused are not tried again; kept as a hash with a key of this process. */
  readonly #hashKey = randomBytes(32);
  #vault: VaultSource | null = null;
  #watch: SecretWatch | null = null;
  #cancel: Cancel | null = null;
  #pollMs = defaultPollMs;
  #vaultReadMs = 0;
  #tried = { hash: '', atMs: 0 };
  /** Something was read that can change; without it there is nothing to look at. */
  #read = false;
  #closed = false;

  constructor(options: SecretsOptions) {
    this.#options = options;
    this.#sources = { env: envSource(options.env), file: fileSource(options.readFile) };
  }

  /** For one load. */
  reader(): SecretReader {
    return new SecretReader({
      read: (scheme, name) => {
        if (scheme !== 'env') this.#noticed();
        return this.#source(scheme).read(name);
      },
      lastGood: (scheme, name, problem) => {
        const value = this.#inUse().get(keyOf(scheme, name))?.value ?? null;
        if (value !== null) this.#fails(scheme, name, problem);
        return value;
      },
    });
  }

  /** Settings of the configuration that is being loaded. A Vault that stays the same keeps its token. */
  configure(settings: { readonly pollMs: number; readonly vault: VaultSettings | null }): void {
    this.#pollMs = settings.pollMs;
    const { vault } = settings;
    if (vault !== null && this.#vault !== null && sameVault(vault, this.#vault.settings)) return;
    this.#vault?.close();
    this.#vault = vault === null ? null : new VaultSource(vault, this.#options);
  }

  /** Begins to look for changes. */
  watch(watch: SecretWatch): void {
    this.#watch = watch;
    this.#vaultReadMs = this.#options.clock.monotonic();
    this.#next();
  }

  /** What could not be read anew, of what is in use. */
  get failing(): readonly FailingSecret[] {
    const inUse = this.#inUse();
    return [...this.#failing.values()].filter(({ scheme, name }) => inUse.has(keyOf(scheme, name)));
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#vault?.close();
    if (this.#options.closeHttp === true) void this.#options.http.close?.();
  }

  #source(scheme: SecretScheme): SecretSource {
    if (scheme !== 'vault') return this.#sources[scheme];
    if (this.#vault !== null) return this.#vault;
    throw new SecretError('there is no secrets.vault in gateway.yaml, which says where the Vault is');
  }

  #inUse(): ReadonlyMap<string, ReadSecret> {
    return new Map((this.#watch?.inUse() ?? []).flatMap((reader) => [...reader.values]));
  }

  #noticed(): void {
    if (this.#read) return;
    this.#read = true;
    this.#next();
  }

  #next(): void {
    if (this.#closed || !this.#read || this.#watch === null) return;
    this.#cancel = this.#options.clock.after(this.#pollMs, () => {
      void this.#look().finally(() => this.#next());
    });
  }

  async #look(): Promise<void> {
    const { clock } = this.#options;
    const vaultDue = clock.monotonic() - this.#vaultReadMs >= (this.#vault?.settings.refreshMs ?? 0);
    if (vaultDue) this.#vaultReadMs = clock.monotonic();
    const hash = await this.#changes(vaultDue);
    if (hash === null) this.#tried = { hash: '', atMs: 0 };
    if (hash === null || this.#closed) return;
    if (hash === this.#tried.hash && clock.monotonic() - this.#tried.atMs < tryAgainMs) return;
    await new Promise<void>((resolve) => clock.after(settleMs, resolve));
    // Still being written: the next look sees the whole of it.
    if ((await this.#changes(vaultDue)) !== hash || this.#closed) return;
    this.#tried = { hash, atMs: clock.monotonic() };
    try {
      await this.#watch?.changed();
    } catch (error) {
      this.#options
        .log()
        .error({ error: String(error) }, 'changed secrets were not taken over; those before stay in use');
    }
  }

  /** A hash of all values that are no longer those in use; null where none is. */
  async #changes(vault: boolean): Promise<string | null> {
    const watched = [...this.#inUse().values()].filter(({ scheme }) => scheme !== 'vault' || vault);
    const found = await Promise.all(watched.map((secret) => this.#compare(secret)));
    const changes = found.filter((change) => change !== null);
    return changes.length === 0 ? null : this.#hash(changes);
  }

  /** Reference and new value; null where nothing changed. */
  async #compare({ scheme, name, value }: ReadSecret): Promise<string | null> {
    try {
      const now = await this.#source(scheme).read(name);
      this.#recovers(scheme, name);
      return value.reveal() === now ? null : JSON.stringify([scheme, name, now]);
    } catch (error) {
      this.#fails(scheme, name, error instanceof SecretError ? error.message : 'the reading failed');
      return null;
    }
  }

  #fails(scheme: SecretScheme, name: string, problem: string): void {
    const key = keyOf(scheme, name);
    const known = this.#failing.get(key);
    const sinceMs = known?.sinceMs ?? this.#options.clock.now();
    this.#failing.set(key, { scheme, name, problem, sinceMs });
    if (known !== undefined) return;
    this.#options
      .log()
      .error(
        { source: scheme, secret: name, problem },
        'a secret could not be read again; its last value stays in use',
      );
  }

  #recovers(scheme: SecretScheme, name: string): void {
    if (!this.#failing.delete(keyOf(scheme, name))) return;
    this.#options.log().info({ source: scheme, secret: name }, 'a secret can be read again');
  }

  #hash(changes: readonly string[]): string {
    return createHmac('sha256', this.#hashKey).update(changes.toSorted().join('\n')).digest('base64url');
  }
}
