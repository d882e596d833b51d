import type { PolicyFile } from '../../../core/policy/compile.ts';
import { hashShare } from '../../../core/policy/hash.ts';
import { loadPolicies } from '../../../core/policy/load.ts';
import type { PlanPolicy } from '../../../core/policy/plan.ts';
import type { Stage } from '../../../core/policy-test/run.ts';
import type { Problem } from '../../../core/problem.ts';
import { memoryFolder } from '../../../core/program/memory-folder.ts';
import { loadPolicyFiles } from '../../../core/program/policy-files.ts';
import type { Step } from '../../../core/program/step.ts';
import type { Sandbox } from '../../../core/sandbox/sandbox.ts';
import type { Clock } from '../../../sdk/services.ts';
import type { Draft, Loaded, PrintedLine } from './messages.ts';
import { type DraftPlugin, portableStep, readPlugin, wordsOf } from './plugins.ts';
import type { PrintLog } from './print-log.ts';
import { stageSetup } from './stage.ts';
import { stripTypes } from './strip.ts';

export interface DraftDeps {
  readonly sandbox: Sandbox;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: PrintLog;
  readonly beat: () => void;
}

/** A folder, loaded as the gateway would; `stage` is null where it would not serve. */
export interface DraftProgram {
  readonly loaded: Loaded;
  readonly stage: Stage | null;
}

/** Loads a folder that is being written. Everything that is wrong with it is in `loaded.problems`. */
export async function loadDraft(
  { config, files }: Draft,
  { sandbox, clock, log, beat }: DraftDeps,
): Promise<DraftProgram> {
  const snapshot = memoryFolder(Object.fromEntries(files.map(({ name, text }) => [name, text])));
  const { version } = snapshot;
  const problems: Problem[] = [...snapshot.problems];
  const plugins: DraftPlugin[] = [];
  for (const file of snapshot.files) {
    if (file.kind !== 'plugin') continue;
    const read = readPlugin(file);
    problems.push(...read.problems);
    if (read.plugin !== null && read.plugin.mode !== 'off') plugins.push(read.plugin);
  }
  const setup = stageSetup(config);
  const policies: PlanPolicy[] = [];
  const printed: PrintedLine[] = [];
  const compile = async (file: PolicyFile) => {
    const result = await compileDraft(file, sandbox);
    beat();
    if (result.ok) {
      policies.push(...result.policies);
      for (const { level, text } of result.logs)
        printed.push({ level, text, file: file.file, policy: file.file });
    }
    return result;
  };
  const scripts = await loadPolicyFiles(
    snapshot.files.filter(({ kind }) => kind === 'policy'),
    { version, order: snapshot.files.map(({ name }) => name), plugins: plugins.map(wordsOf), facts: {} },
    {
      models: setup.services.models,
      sandbox,
      clock: { ...setup.services.clock, monotonic: () => clock.monotonic() },
      log,
      compile,
    },
  );
  problems.push(...scripts.problems);
  const ok = !problems.some(({ severity }) => severity === 'error');
  const byFile = new Map<string, readonly Step[]>(scripts.steps);
  const running = new Set<Step>();
  for (const plugin of ok ? plugins : []) {
    if (!plugin.runs) continue;
    const step = await portableStep(plugin, { ...setup.services, log }, version);
    byFile.set(plugin.file, [step]);
    running.add(step);
  }
  const steps = snapshot.files
    .flatMap(({ name }) => byFile.get(name) ?? [])
    .filter(({ mode }) => mode !== 'off');
  const program = {
    version,
    folder: snapshot.folder,
    loadedAtMs: 0,
    steps,
    prices: setup.services.prices,
  };
  return {
    loaded: {
      ok,
      version,
      problems: inOrder(problems, files),
      policies,
      plugins: plugins.map(({ file, plugin, runs }) => ({ file, plugin, runs })),
      printed,
    },
    stage: ok ? { program, setup, runs: (step) => running.has(step) } : null,
  };
}

function compileDraft({ file, text, typescript }: PolicyFile, sandbox: Sandbox) {
  const stripped = typescript ? stripTypes(file, text) : ({ ok: true, source: text } as const);
  if (!stripped.ok) return Promise.resolve({ ok: false, problems: [stripped.problem] } as const);
  // The text itself would do as a name, and be kept twice.
  const key = `${file}@${text.length}-${hashShare(text)}-${hashShare(text, 'again')}`;
  return loadPolicies({ file, source: stripped.source, key }, sandbox);
}

function inOrder(problems: readonly Problem[], files: Draft['files']): Problem[] {
  const order = new Map(files.map(({ name }, index) => [name, index]));
  const rank = ({ file }: Problem) => order.get(file) ?? files.length;
  return problems.toSorted((a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column);
}
