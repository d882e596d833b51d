import type { AnyPlugin } from '../../sdk/plugin.ts';
import type { Clock, Services } from '../../sdk/services.ts';
import { type Problem, ProblemsError } from '../problem.ts';
import { withServices } from '../services/with-services.ts';
import type { FolderSnapshot, SnapshotFile } from './folder.ts';
import { type PluginFile, type Plugins, parsePluginFile } from './plugin-file.ts';
import { pluginStep } from './plugin-step.ts';
import type { Program, Step } from './step.ts';

/** What policies may rely on besides the language itself. */
export interface PolicySurroundings {
  readonly version: string;
  /** Verbs and fact groups of the plugins that are in the folder and switched on. */
  readonly verbs: readonly string[];
  readonly facts: readonly string[];
}

/** Policy scripts, loaded: the steps of each file in the order of the file. */
export interface LoadedPolicies {
  readonly steps: ReadonlyMap<string, readonly Step[]>;
  readonly problems: readonly Problem[];
}

export type LoadPolicies = (
  files: readonly SnapshotFile[],
  surroundings: PolicySurroundings,
) => Promise<LoadedPolicies>;

export interface LoadProgramDeps {
  readonly plugins: Plugins;
  readonly services: Services;
  readonly loadPolicies: LoadPolicies;
  readonly clock: Clock;
  /** Told the warnings of a program that loads. */
  readonly warn?: (problems: readonly Problem[]) => void;
}

/**
 * Makes a program of a snapshot: one step for each plugin file, the steps of each policy script, in file-name order,
 * without those whose mode is `off`.
 *
 * Plugins are set up only when every file is right. When a setup fails, those before it are closed again.
 *
 * @throws {ProblemsError} with everything that is wrong in the folder.
 */
export async function loadProgram(snapshot: FolderSnapshot, deps: LoadProgramDeps): Promise<Program> {
  const { version, folder } = snapshot;
  const problems: Problem[] = [...snapshot.problems];
  const parsed: PluginFile[] = [];
  for (const { name, kind, text } of snapshot.files) {
    if (kind !== 'plugin') continue;
    const file = parsePluginFile(name, text, deps.plugins);
    problems.push(...file.problems);
    if (file.parsed && file.parsed.mode !== 'off') parsed.push(file.parsed);
  }

  const active = parsed.map(({ plugin }) => deps.plugins.get(plugin)!);
  const policies = await readPolicies(snapshot, active, deps);
  problems.push(...policies.problems);
  const byFile = new Map<string, readonly Step[]>(policies.steps);
  const opened: Step[] = [...policies.steps.values()].flat();

  const broken = problems.some(({ severity }) => severity === 'error');
  let { services } = deps;
  for (const file of broken ? [] : parsed) {
    try {
      const step = await pluginStep(deps.plugins.get(file.plugin)!, file, services, version);
      if (step.provides !== undefined) services = withServices(services, step.provides);
      opened.push(step);
      byFile.set(file.file, [step]);
    } catch (error) {
      problems.push({ file: file.file, line: 1, column: 1, severity: 'error', message: reasonOf(error) });
    }
  }

  if (problems.some(({ severity }) => severity === 'error')) {
    await closeSteps(opened);
    throw new ProblemsError(inFileOrder(problems, snapshot));
  }
  if (problems.length > 0) deps.warn?.(inFileOrder(problems, snapshot));
  const steps = snapshot.files.flatMap(({ name }) => byFile.get(name) ?? []);
  // Steps of one file may share what they close, so a file's are closed only when none of them is in use.
  const unused = [...byFile.values()].filter((own) => own.every(({ mode }) => mode === 'off'));
  await closeSteps(unused.flat());
  return {
    version,
    folder,
    loadedAtMs: deps.clock.now(),
    steps: steps.filter(({ mode }) => mode !== 'off'),
  };
}

async function readPolicies(
  snapshot: FolderSnapshot,
  active: readonly AnyPlugin[],
  deps: LoadProgramDeps,
): Promise<LoadedPolicies> {
  const files = snapshot.files.filter(({ kind }) => kind === 'policy');
  if (files.length === 0) return { steps: new Map(), problems: [] };
  try {
    return await deps.loadPolicies(files, {
      version: snapshot.version,
      verbs: unique(active.flatMap(({ verbs }) => verbs ?? [])),
      facts: unique(active.flatMap(({ facts }) => facts ?? [])),
    });
  } catch (error) {
    if (error instanceof ProblemsError) return { steps: new Map(), problems: error.problems };
    const message = `the policy scripts could not be loaded: ${reasonOf(error)}`;
    const problem = { file: files[0]!.name, line: 0, column: 0, severity: 'error', message } as const;
    return { steps: new Map(), problems: [problem] };
  }
}

/**
 * Closes steps, the last one first. Every one is closed, whatever the others do.
 *
 * @returns what went wrong, one entry for each step that failed
 */
export async function closeSteps(steps: readonly Step[]): Promise<readonly { step: Step; error: unknown }[]> {
  const failed: { step: Step; error: unknown }[] = [];
  for (const step of steps.toReversed()) {
    try {
      await step.close?.();
    } catch (error) {
      failed.push({ step, error });
    }
  }
  return failed;
}

function inFileOrder(problems: readonly Problem[], snapshot: FolderSnapshot): Problem[] {
  const order = new Map(snapshot.files.map(({ name }, index) => [name, index]));
  const rank = ({ file }: Problem) => order.get(file) ?? Number.POSITIVE_INFINITY;
  return problems.toSorted((a, b) => {
    const byFile = rank(a) - rank(b);
    // Files that are not part of the program have no rank: infinity minus infinity is not a number.
    if (Number.isNaN(byFile)) return a.file < b.file ? -1 : a.file > b.file ? 1 : 0;
    return byFile || a.line - b.line || a.column - b.column;
  });
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
