import type { AnyPlugin } from '../../sdk/plugin.ts';
import type { PolicyFacts } from '../../sdk/policy-facts.ts';
import type { Clock, Services } from '../../sdk/services.ts';
import type { AskedBudget } from '../policy/budget-reader.ts';
import type { PluginWords } from '../policy/capabilities.ts';
import { type Problem, ProblemsError } from '../problem.ts';
import { withServices } from '../services/with-services.ts';
import type { FolderSnapshot, SnapshotFile } from './folder.ts';
import { memoryFolderName } from './memory-folder.ts';
import { type PluginFile, type Plugins, parsePluginFile } from './plugin-file.ts';
import { type References, readSecrets } from './plugin-secrets.ts';
import { pluginStep } from './plugin-step.ts';
import { ProgramFacts } from './program-facts.ts';
import { routeClash } from './route-check.ts';
import type { Program, Step } from './step.ts';

/** What policies may rely on besides the language itself. */
export interface PolicySurroundings {
  readonly version: string;
  /** Names of all files of the folder, in its order. */
  readonly order: readonly string[];
  /** The plugin files that are switched on, in the folder's order. */
  readonly plugins: readonly PluginWords[];
  /** Answers of these plugins; they are set up after the policies are loaded, so nothing may be asked before a request. */
  readonly facts: PolicyFacts;
}

/** Policy scripts, loaded: the steps of each file in the order of the file. */
export interface LoadedPolicies {
  readonly steps: ReadonlyMap<string, readonly Step[]>;
  readonly problems: readonly Problem[];
  /** Budgets that they ask for and a plugin has to keep. */
  readonly budgets?: readonly AskedBudget[];
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
  /** `auth.budget_status`, for plugins that keep budgets. */
  readonly budgetStatus?: number;
  /** Where secrets of plugin files are. Without it none is read: they stay as they are written. */
  readonly references?: References;
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
    if (file.parsed === null || file.parsed.mode === 'off') continue;
    const secrets = deps.plugins.get(file.parsed.plugin)!.secrets ?? [];
    const read = await readSecrets(file.parsed, secrets, deps.references ?? null);
    problems.push(...read.problems);
    parsed.push({ ...file.parsed, options: read.options });
  }

  const facts = new ProgramFacts();
  const policies = await readPolicies(snapshot, parsed, facts, deps);
  problems.push(...policies.problems);
  const byFile = new Map<string, readonly Step[]>(policies.steps);
  const opened: Step[] = [...policies.steps.values()].flat();

  const broken = problems.some(({ severity }) => severity === 'error');
  let { services } = deps;
  const place = {
    assets: snapshot.files.filter(({ kind }) => kind === 'asset'),
    ...(folder === memoryFolderName ? undefined : { folder }),
  };
  for (const file of broken ? [] : parsed) {
    try {
      const step = await pluginStep(
        deps.plugins.get(file.plugin)!,
        file,
        services,
        version,
        deps.budgetStatus,
        place,
      );
      if (step.provides !== undefined) services = withServices(services, step.provides);
      if (step.facts !== undefined) facts.add(step.facts, step);
      const clash = routeClash(step.routes ?? [], opened);
      opened.push(step);
      if (clash !== null) throw new Error(clash);
      byFile.set(file.file, [step]);
    } catch (error) {
      problems.push({ file: file.file, line: 1, column: 1, severity: 'error', message: reasonOf(error) });
    }
  }

  if (deps.references !== undefined) problems.push(...unkept(policies.budgets ?? [], facts));
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
    // Services may be opened by whoever reads them first.
    get prices() {
      return services.prices;
    },
  };
}

async function readPolicies(
  snapshot: FolderSnapshot,
  plugins: readonly PluginFile[],
  facts: PolicyFacts,
  deps: LoadProgramDeps,
): Promise<LoadedPolicies> {
  const files = snapshot.files.filter(({ kind }) => kind === 'policy');
  if (files.length === 0) return { steps: new Map(), problems: [] };
  try {
    return await deps.loadPolicies(files, {
      version: snapshot.version,
      order: snapshot.files.map(({ name }) => name),
      plugins: plugins.map((file) => wordsOf(file, deps.plugins.get(file.plugin)!)),
      facts,
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

function wordsOf(
  { file, plugin, mode, match }: PluginFile,
  { verbs = [], facts = [] }: AnyPlugin,
): PluginWords {
  return { file, plugin, mode, hasMatch: match !== null, verbs, facts };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A rule that asks for a budget which nobody has would never hold, and nobody would know. */
function unkept(budgets: readonly AskedBudget[], facts: ProgramFacts): Problem[] {
  return budgets
    .filter(({ question }) => !facts.keepsBudget(question))
    .map(({ question: { period, by }, file, line, column }) => ({
      file,
      line,
      column,
      severity: 'warning',
      message: `budget('${period}', '${by}') is always 0: no limit of usd by ${by} per ${period} is in this folder, in limits of a plugin's file or in limit() of a policy`,
    }));
}
