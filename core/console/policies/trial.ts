import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyProviderKind } from '../../../sdk/provider.ts';
import type { Clock } from '../../../sdk/services.ts';
import type { Transport } from '../../../sdk/transport.ts';
import type { GatewayConfig } from '../../config/config.ts';
import { createHealth } from '../../health/health.ts';
import { InFlight } from '../../pipeline/in-flight.ts';
import type { Stage } from '../../policy-test/run.ts';
import { type Problem, ProblemsError } from '../../problem.ts';
import type { FolderSnapshot } from '../../program/folder.ts';
import { closeSteps, loadProgram } from '../../program/load.ts';
import type { Plugins } from '../../program/plugin-file.ts';
import type { References } from '../../program/plugin-secrets.ts';
import type { PolicyLoader } from '../../program/policy-loader.ts';
import { noQuestions } from '../../questions/none.ts';
import { KeyService } from '../../runtime/key-service.ts';
import { type BaseServices, createSetup } from '../../runtime/setup.ts';
import { createStores } from '../../runtime/stores.ts';
import { createIds } from '../../services/ids.ts';
import { IssuedItems } from '../../services/issued-items.ts';
import { systemRandom } from '../../services/random.ts';
import { silentLog } from '../../services/silent-log.ts';
import { estimatedTokens } from '../../services/tokens.ts';

export interface TrialDeps {
  readonly plugins: Plugins;
  readonly kinds: ReadonlyMap<string, AnyProviderKind>;
  /** The configuration in use. */
  readonly config: () => GatewayConfig;
  readonly references: () => References;
  readonly clock: Clock;
}

/** A folder that was loaded to be looked at. */
export interface Trial extends Stage {
  readonly warnings: readonly Problem[];
  close(): Promise<void>;
}

/**
 * Loads a folder as `sluice check` does: its plugins are set up as they would be to serve, with stores that nobody else has
 * and without a network. Nothing of the gateway that serves is touched.
 *
 * @throws ProblemsError with everything that is wrong in the folder.
 */
export async function openTrial(
  snapshot: FolderSnapshot,
  loader: PolicyLoader,
  { plugins, kinds, config: configNow, references, clock }: TrialDeps,
): Promise<Trial> {
  const config = configNow();
  const log = silentLog;
  const base: BaseServices = {
    clock,
    log,
    random: systemRandom,
    ids: createIds(),
    tokens: estimatedTokens,
    health: createHealth({ clock }),
    completions: noQuestions,
  };
  const dataFolder = await mkdtemp(join(tmpdir(), 'sluice-draft-'));
  const stores = createStores({
    config: { ...config.stores, ledger: 'sqlite', counters: 'memory', cache: 'memory', vectors: 'memory' },
    dataFolder,
    clock,
    log,
  });
  const keys = new KeyService(stores, clock, log);
  const setup = await createSetup(config, kinds, {
    base,
    http: noNetwork,
    issued: new IssuedItems(clock),
    stores,
    keys,
    active: new InFlight(),
  });
  const close = async () => {
    await setup.close();
    await keys.close();
    await stores.close();
    await rm(dataFolder, { recursive: true, force: true });
  };
  const warnings: Problem[] = [];
  try {
    const program = await loadProgram(snapshot, {
      plugins,
      services: setup.services,
      clock,
      budgetStatus: config.auth.budgetStatus,
      references: references(),
      loadPolicies: loader.load(setup.services.models),
      warn: (problems) => warnings.push(...problems),
    });
    return {
      program,
      setup,
      warnings,
      close: async () => {
        await closeSteps(program.steps);
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is wrong with a folder that did not load. */
export function problemsOf(error: unknown, file = 'policies'): readonly Problem[] {
  if (error instanceof ProblemsError) return error.problems;
  const message = error instanceof Error ? error.message : String(error);
  return [{ file, line: 0, column: 0, severity: 'error', message }];
}

const noNetwork: Transport = {
  send(_request, _limits, handler) {
    queueMicrotask(() => handler.onFailure({ kind: 'connect', message: 'nobody is called by a check' }));
    return { abort: () => undefined, pause: () => undefined, resume: () => undefined };
  },
};
