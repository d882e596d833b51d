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
/** Looks that others ask for are at least so far apart. */
const askedEveryMs = 1_000;
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

/** A reference whose source cannot be read, or holds what cannot be used; the value read before stays in use. */
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
  /** Read anew, and refused by whoever was to use it. */
  readonly #refused = new Map<string, FailingSecret>();
  /** Values that were tried and refused are not tried again; kept as a hash with a key of this process. */
  readonly #hashKey = randomBytes(32);
  #vault: VaultSource | null = null;
  #watch: SecretWatch | null = null;
  #cancel: Cancel | null = null;
  #pollMs = defaultPollMs;
  #vaultReadMs = 0;
  #tried = { hash: '', atMs: 0 };
  #looking: Promise<void> | null = null;
  #asked: Promise<void> | null = null;
  #askedMs = Number.NEGATIVE_INFINITY;
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

  /**
   * Looks at once, at Vault too: something was refused that a secret opens. Those who ask together share a look, and nothing is
   * looked at more than once a second.
   *
   * @returns once what changed has been taken over. Never rejects.
   */
  lookNow(): Promise<void> {
    if (this.#asked !== null) return this.#asked;
    const { clock } = this.#options;
    if (this.#closed || !this.#read || clock.monotonic() - this.#askedMs < askedEveryMs) {
      return Promise.resolve();
    }
    this.#asked = (async () => {
      await this.#looking;
      await this.#look(true);
    })().finally(() => {
      this.#askedMs = clock.monotonic();
      this.#asked = null;
    });
    return this.#asked;
  }

  /** Of what is in use: what could not be read anew, or not be taken over. */
  get failing(): readonly FailingSecret[] {
    return [...this.#inUse().keys()]
      .map((key) => this.#failing.get(key) ?? this.#refused.get(key))
      .filter((one) => one !== undefined);
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
      void this.#look(false).finally(() => this.#next());
    });
  }

  #look(all: boolean): Promise<void> {
    this.#looking ??= this.#lookOnce(all).finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #lookOnce(all: boolean): Promise<void> {
    const { clock } = this.#options;
    const vaultDue = all || clock.monotonic() - this.#vaultReadMs >= (this.#vault?.settings.refreshMs ?? 0);
    if (vaultDue) this.#vaultReadMs = clock.monotonic();
    this.#forget();
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
    await this.#findRefused(vaultDue);
  }

  /** What is still not in use, though it was to be taken over. Why is in the log of whoever refused it. */
  async #findRefused(vault: boolean): Promise<void> {
    for (const { scheme, name } of await this.#changed(vault)) {
      const key = keyOf(scheme, name);
      const sinceMs = this.#refused.get(key)?.sinceMs ?? this.#options.clock.now();
      this.#refused.set(key, { scheme, name, problem: 'its new value was not taken over', sinceMs });
    }
  }

  /** Drops what is known of references that nobody uses any more. */
  #forget(): void {
    const inUse = this.#inUse();
    for (const known of [this.#failing, this.#refused]) {
      for (const key of known.keys()) if (!inUse.has(key)) known.delete(key);
    }
  }

  /** A hash of all values that are no longer those in use; null where none is. */
  async #changes(vault: boolean): Promise<string | null> {
    const changed = await this.#changed(vault);
    if (changed.length === 0) return null;
    const lines = changed.map(({ scheme, name, now }) => JSON.stringify([scheme, name, now]));
    return createHmac('sha256', this.#hashKey).update(lines.toSorted().join('\n')).digest('base64url');
  }

  async #changed(vault: boolean): Promise<Changed[]> {
    const watched = [...this.#inUse().values()].filter(({ scheme }) => scheme !== 'vault' || vault);
    const found = await Promise.all(watched.map((secret) => this.#compare(secret)));
    return found.filter((change) => change !== null);
  }

  /** Reference and new value; null where nothing changed. */
  async #compare({ scheme, name, value }: ReadSecret): Promise<Changed | null> {
    try {
      const now = await this.#source(scheme).read(name);
      this.#recovers(scheme, name);
      if (value.reveal() !== now) return { scheme, name, now };
      this.#refused.delete(keyOf(scheme, name));
    } catch (error) {
      this.#fails(scheme, name, error instanceof SecretError ? error.message : 'the reading failed');
    }
    return null;
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
    const key = keyOf(scheme, name);
    const failed = this.#failing.get(key);
    if (failed === undefined) return;
    this.#failing.delete(key);
    const staleMs = Math.max(0, this.#options.clock.now() - failed.sinceMs);
    this.#options
      .log()
      .info({ source: scheme, secret: name, stale_ms: staleMs }, 'a secret can be read again');
  }
}

/** A reference that leads to another value now. */
interface Changed {
  readonly scheme: SecretScheme;
  readonly name: string;
  readonly now: string;
}
