import { GatewayError } from '../../../sdk/errors.ts';
import type { Clock, Log } from '../../../sdk/services.ts';
import type { Problem } from '../../problem.ts';
import type { FolderSnapshot } from '../../program/folder.ts';
import type { Programs } from '../../program/registry.ts';
import type { CheckResult } from './check.ts';
import { changesOf, draftFolder } from './draft-folder.ts';
import { abandon, commit, FolderBusy, type FolderWrites, stage } from './journal.ts';
import type { PolicyFolder } from './policy-folder.ts';
import type { PolicyText } from './posted-files.ts';

export interface ActivationDeps {
  readonly folder: PolicyFolder;
  readonly programs: Pick<Programs, 'current' | 'status' | 'reload'>;
  readonly check: (draft: FolderSnapshot) => Promise<CheckResult>;
  readonly clock: Clock;
  readonly log: Log;
}

/** A draft that was refused, with all that is wrong. */
export class DraftRefused extends GatewayError {
  readonly problems: readonly Problem[];
  readonly tests: CheckResult['tests'] | null;

  constructor(message: string, problems: readonly Problem[], tests: CheckResult['tests'] | null = null) {
    super('policy_invalid', message);
    this.problems = problems;
    this.tests = tests;
  }
}

/** Puts drafts into use, one after another. */
export class Activation {
  readonly #deps: ActivationDeps;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(deps: ActivationDeps) {
    this.#deps = deps;
  }

  /**
   * Checks a draft, serves it and makes it the folder's content. Its new files lie ready on the disk before it serves, and
   * are moved into place when it does; a crash at any moment leaves the old folder or the new one.
   *
   * @param base the version that the draft was made from.
   * @returns the version in use.
   * @throws GatewayError 409 `version_conflict`, 409 `read_only`; DraftRefused 422.
   */
  activate(files: readonly PolicyText[], base: string): Promise<string> {
    const run = this.#queue.then(() => this.#activate(files, base));
    this.#queue = run.catch(() => undefined);
    return run;
  }

  async #activate(files: readonly PolicyText[], base: string): Promise<string> {
    const { folder, programs, check } = this.#deps;
    const { path } = folder;
    const onDisk = await folder.read();
    // What was saved there and nobody has looked at yet comes first.
    if (!this.#isKnown(onDisk)) await programs.reload();
    if (path === null || (await folder.isReadOnly(onDisk))) throw readOnly();
    this.#refuseConflict(base, onDisk);
    const draft = await draftFolder(onDisk, files);
    const writes = writesOf(onDisk, draft);
    if (writes.writes.length + writes.removes.length === 0 && draft.version === programs.current?.version) {
      return draft.version;
    }
    const checked = await check(draft);
    if (!checked.ok) {
      throw new DraftRefused('The draft has errors or its tests fail.', checked.problems, checked.tests);
    }
    // The check took its time.
    this.#refuseConflict(base, onDisk);
    await this.#stage(path, writes);
    try {
      return await folder.showing(draft, () => this.#swap(path, draft));
    } catch (error) {
      await abandon(path);
      // The folder decides: with what was moved, or as it was before.
      await programs.reload();
      if (programs.current?.version === draft.version) return draft.version;
      throw error;
    }
  }

  /** Serves the draft, then moves its files into place. */
  async #swap(path: string, draft: FolderSnapshot): Promise<string> {
    const { programs, log } = this.#deps;
    const result = await programs.reload();
    if (!result.ok) throw new DraftRefused('The draft cannot be put into use.', result.problems);
    try {
      await commit(path);
    } catch (error) {
      log.error({ error: String(error) }, 'a draft could not be written to the policies folder');
      throw new GatewayError(
        'internal_error',
        "The draft's files could not be moved into place, so it was taken out of use again. The gateway's log says why.",
        { cause: error },
      );
    }
    log.info({ version: draft.version }, 'a draft of the console is in use');
    return result.version;
  }

  async #stage(path: string, writes: FolderWrites): Promise<void> {
    try {
      await stage(path, writes, this.#deps.clock.now());
    } catch (error) {
      if (error instanceof FolderBusy) {
        throw new GatewayError(
          'version_conflict',
          'Another gateway is changing the policies folder. Try again.',
        );
      }
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') throw readOnly();
      throw error;
    }
  }

  /** @throws GatewayError 409 where somebody would lose what they wrote. */
  #refuseConflict(base: string, onDisk: FolderSnapshot): void {
    const { current } = this.#deps.programs;
    if (current === null || current.version !== base) {
      throw new GatewayError(
        'version_conflict',
        `The policies were changed meanwhile: expected base_version ${current?.version ?? 'none'}; came ${base.slice(0, 60)}. Load them again and compare.`,
        { param: 'base_version' },
      );
    }
    if (this.#isKnown(onDisk)) return;
    throw new GatewayError(
      'version_conflict',
      'The policies folder holds changes that are not in use because they do not load or fail their tests. Mend or remove them there first: activating the draft would write over them.',
    );
  }

  /** Whether the folder's content is in use, or was and can be again: then nothing is lost that is written over. */
  #isKnown({ version }: FolderSnapshot): boolean {
    const { current, status } = this.#deps.programs;
    return current?.version === version || status.versions.includes(version);
  }
}

function writesOf(before: FolderSnapshot, draft: FolderSnapshot): FolderWrites {
  const changes = changesOf(before, draft);
  const texts = new Map(draft.files.map(({ name, text }) => [name, text]));
  return {
    writes: changes
      .filter(({ kind }) => kind !== 'removed')
      .map(({ file }) => ({ name: file, text: texts.get(file)! })),
    removes: changes.filter(({ kind }) => kind === 'removed').map(({ file }) => file),
  };
}

function readOnly(): GatewayError {
  return new GatewayError(
    'read_only',
    'The policies folder cannot be written by this gateway. Change it where it is kept, such as its repository; GET /playground/api/policies says read_only.',
  );
}
