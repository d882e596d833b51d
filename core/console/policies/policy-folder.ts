import { constants } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Problem, ProblemsError } from '../../problem.ts';
import { type FolderSnapshot, readFolder } from '../../program/folder.ts';
import { memoryFolder } from '../../program/memory-folder.ts';
import { finish } from './journal.ts';

/** A version that was loaded. */
export interface LoadedVersion {
  readonly snapshot: FolderSnapshot;
  readonly loadedAtMs: number;
}

/** As many as can be rolled back to, and the one under way. */
const maxLoaded = 12;

/**
 * The policies folder as the gateway reads it: never half of a change that is being written, whether by this process or by one
 * that was killed in the middle.
 */
export class PolicyFolder {
  readonly #policies: string | Readonly<Record<string, string>>;
  readonly #loaded = new Map<string, LoadedVersion>();
  #pending: FolderSnapshot | null = null;
  #showing: Promise<unknown> = Promise.resolve();

  /** @param policies path of a folder, or files by name. */
  constructor(policies: string | Readonly<Record<string, string>>) {
    this.#policies = policies;
  }

  /** Path of the folder; null where the program is no folder on disk. */
  get path(): string | null {
    return typeof this.#policies === 'string' ? this.#policies : null;
  }

  /** @throws ProblemsError where the folder cannot be read, or holds half a change that cannot be finished. */
  async read(): Promise<FolderSnapshot> {
    if (this.#pending !== null) return this.#pending;
    if (typeof this.#policies !== 'string') return memoryFolder(this.#policies);
    const folder = this.#policies;
    try {
      await finish(folder);
    } catch (error) {
      throw new ProblemsError([
        problemOf(folder, `a change of the folder was cut off and cannot be finished: ${String(error)}`),
      ]);
    }
    return readFolder(folder);
  }

  /** A snapshot was made a program of. */
  loaded(snapshot: FolderSnapshot, loadedAtMs: number): void {
    this.#loaded.delete(snapshot.version);
    this.#loaded.set(snapshot.version, { snapshot, loadedAtMs });
    if (this.#loaded.size > maxLoaded) this.#loaded.delete(this.#loaded.keys().next().value!);
  }

  /** What was loaded as a version, where it is still known. */
  version(version: string): LoadedVersion | null {
    return this.#loaded.get(version) ?? null;
  }

  /**
   * While `work` runs whoever reads the folder sees `snapshot`: what is written meanwhile is not complete. One work at a time;
   * a second one waits.
   */
  showing<T>(snapshot: FolderSnapshot, work: () => Promise<T>): Promise<T> {
    const shown = this.#showing.then(() => this.#show(snapshot, work));
    this.#showing = shown.catch(() => undefined);
    return shown;
  }

  async #show<T>(snapshot: FolderSnapshot, work: () => Promise<T>): Promise<T> {
    this.#pending = snapshot;
    try {
      return await work();
    } finally {
      this.#pending = null;
    }
  }

  /** Whether the files cannot be changed here: no folder, no right to write, or links to what somebody else keeps. */
  async isReadOnly(snapshot?: FolderSnapshot): Promise<boolean> {
    const folder = this.path;
    if (folder === null) return true;
    try {
      await access(folder, constants.W_OK | constants.X_OK);
    } catch {
      return true;
    }
    for (const { name, kind } of snapshot?.files ?? []) {
      if (kind === 'asset') continue;
      // A mounted volume of a cluster is made of links; writing over them would tear it apart.
      const info = await lstat(join(folder, name)).catch(() => null);
      if (info?.isSymbolicLink() === true) return true;
    }
    return false;
  }
}

function problemOf(file: string, message: string): Problem {
  return { file, line: 0, column: 0, severity: 'error', message };
}
