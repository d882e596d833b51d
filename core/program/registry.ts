import type { Clock, Log } from '../../sdk/services.ts';
import { type Problem, ProblemsError } from '../problem.ts';
import { nearest } from '../text/nearest.ts';
import type { FolderSnapshot } from './folder.ts';
import { closeSteps } from './load.ts';
import type { Program } from './step.ts';

/** Versions that can be rolled back to. */
const maxVersions = 10;

/** A program held by one request. It is not closed before `release()`. */
export interface Pinned {
  readonly program: Program;
  /** Calling it again does nothing. */
  release(): void;
}

/** What `/health/ready`, the log and the playground say about the program. */
export interface ProgramStatus {
  /** Null before the first program. */
  readonly version: string | null;
  readonly loadedAtMs: number | null;
  /** What was wrong with the last attempt to change the program; null when it went well. */
  readonly lastError: readonly Problem[] | null;
  readonly lastAttemptAtMs: number | null;
  /** Versions that `rollback` can go to, the oldest first, the current one included. */
  readonly versions: readonly string[];
}

/** `changed` is false where the folder still holds what is running. */
export type ReloadResult =
  | { readonly ok: true; readonly version: string; readonly changed: boolean }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface ProgramsDeps {
  read(): Promise<FolderSnapshot>;
  load(snapshot: FolderSnapshot): Promise<Program>;
  /** Runs the folder's tests on a program before it serves; errors among the problems keep it from serving. */
  verify?(program: Program, snapshot: FolderSnapshot): Promise<readonly Problem[]>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The current program and those before it. */
export interface Programs {
  /** Pins the current program for one request. Throws when none was loaded yet. */
  acquire(): Pinned;
  readonly current: Program | null;
  readonly status: ProgramStatus;
  /**
   * Reads, loads, verifies and swaps. One at a time: a call during a reload runs after it, so that what was written
   * before the call is always seen. With `force` also when the folder's version is the one that is running.
   */
  reload(options?: { readonly force?: boolean }): Promise<ReloadResult>;
  /** Goes back to a version of the last ten, by default to the one before the current. */
  rollback(version?: string): Promise<ReloadResult>;
  /** Retires the current program; resolves when the last request has released its own and all are closed. */
  close(): Promise<void>;
}

interface Entry {
  readonly program: Program;
  requests: number;
  retired: boolean;
}

/**
 * Keeps the program that new requests get, and every older one for as long as a request runs on it. A change that
 * does not load or verify leaves the last good program in place.
 */
export function createPrograms(deps: ProgramsDeps): Programs {
  const { clock, log } = deps;
  let current: Entry | null = null;
  let lastError: readonly Problem[] | null = null;
  let lastAttemptAtMs: number | null = null;
  let closed = false;
  /** Snapshots, not programs: those are closed when they retire, and loaded anew for a rollback. */
  let versions: FolderSnapshot[] = [];
  const closing = new Set<Promise<void>>();
  const idle: (() => void)[] = [];
  let open = 0;
  let queue: Promise<unknown> = Promise.resolve();

  function closeIfUnused(entry: Entry): void {
    if (!entry.retired || entry.requests > 0) return;
    const done = closeProgram(entry.program).finally(() => {
      closing.delete(done);
      open -= 1;
      if (open === 0) for (const resolve of idle.splice(0)) resolve();
    });
    closing.add(done);
  }

  async function closeProgram(program: Program): Promise<void> {
    for (const { step, error } of await closeSteps(program.steps)) {
      log.warn({ file: step.file, version: program.version, error: String(error) }, 'a step failed to close');
    }
    await program.close?.();
  }

  function swap(program: Program): void {
    const before = current;
    current = { program, requests: 0, retired: false };
    open += 1;
    if (before) retire(before);
    if (closed) retire(current);
  }

  function retire(entry: Entry): void {
    if (entry.retired) return;
    entry.retired = true;
    closeIfUnused(entry);
  }

  async function activate(snapshot: FolderSnapshot, force: boolean): Promise<ReloadResult> {
    if (!force && current?.program.version === snapshot.version && snapshot.problems.length === 0) {
      return { ok: true, version: snapshot.version, changed: false };
    }
    const program = await deps.load(snapshot);
    const found = await verifyOrClose(program, snapshot);
    if (found.some(({ severity }) => severity === 'error')) {
      await closeProgram(program);
      throw new ProblemsError(found);
    }
    swap(program);
    log.info({ version: program.version, steps: program.steps.length }, 'policies are in use');
    return { ok: true, version: program.version, changed: true };
  }

  async function verifyOrClose(program: Program, snapshot: FolderSnapshot): Promise<readonly Problem[]> {
    try {
      return (await deps.verify?.(program, snapshot)) ?? [];
    } catch (error) {
      await closeProgram(program);
      throw error;
    }
  }

  /** Runs changes one after another, and turns whatever they throw into the status. */
  function inTurn(change: () => Promise<ReloadResult>): Promise<ReloadResult> {
    const run = queue.then(async (): Promise<ReloadResult> => {
      lastAttemptAtMs = clock.now();
      try {
        const result = await change();
        lastError = result.ok ? null : result.problems;
        return result;
      } catch (error) {
        const problems = error instanceof ProblemsError ? error.problems : [problemOf(String(error))];
        lastError = problems;
        log.error({ problems, version: current?.program.version ?? null }, 'the policies were not changed');
        return { ok: false, problems };
      }
    });
    queue = run;
    return run;
  }

  function problemOf(message: string): Problem {
    return { file: 'policies', line: 0, column: 0, severity: 'error', message };
  }

  function wanted(version: string | undefined): FolderSnapshot {
    const known = versions.map((snapshot) => snapshot.version);
    const index = known.indexOf(current?.program.version ?? '');
    const found = version === undefined ? versions[index - 1] : versions[known.indexOf(version)];
    if (found) return found;
    if (version === undefined) throw new ProblemsError([problemOf('there is no version before this one')]);
    const near = nearest(version, known);
    const advice = near ? `did you mean "${near}"?` : `known are: ${known.join(', ')}`;
    throw new ProblemsError([problemOf(`no version "${version}" to go back to; ${advice}`)]);
  }

  return {
    get current() {
      return current?.program ?? null;
    },
    get status() {
      return {
        version: current?.program.version ?? null,
        loadedAtMs: current?.program.loadedAtMs ?? null,
        lastError,
        lastAttemptAtMs,
        versions: versions.map(({ version }) => version),
      };
    },
    acquire() {
      const entry = current;
      if (!entry || closed) throw new Error('no program is in use: load one before taking requests');
      entry.requests += 1;
      let released = false;
      return {
        program: entry.program,
        release() {
          if (released) return;
          released = true;
          entry.requests -= 1;
          closeIfUnused(entry);
        },
      };
    },
    reload({ force = false } = {}) {
      return inTurn(async () => {
        const snapshot = await deps.read();
        const result = await activate(snapshot, force);
        versions = [...versions.filter(({ version }) => version !== snapshot.version), snapshot];
        versions = versions.slice(-maxVersions);
        return result;
      });
    },
    rollback: (version) => inTurn(async () => await activate(wanted(version), false)),
    async close() {
      closed = true;
      if (current) retire(current);
      await queue;
      if (open > 0) await new Promise<void>((resolve) => idle.push(resolve));
      await Promise.all(closing);
    },
  };
}
