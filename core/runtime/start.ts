import { readFile } from 'node:fs/promises';
import type { AnyProviderKind } from '../../sdk/provider.ts';
import type { GatewayConfig, StoresConfig } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { folderOf } from '../config/references.ts';
import { createHealth } from '../health/health.ts';
import { InFlight } from '../pipeline/in-flight.ts';
import { verifyFolder } from '../policy-test/verify.ts';
import { ProblemsError } from '../problem.ts';
import { type FolderSnapshot, readFolder } from '../program/folder.ts';
import { countGates } from '../program/gates.ts';
import { loadProgram } from '../program/load.ts';
import { memoryFolder } from '../program/memory-folder.ts';
import type { References } from '../program/plugin-secrets.ts';
import { createPolicyLoader } from '../program/policy-loader.ts';
import { createPrograms } from '../program/registry.ts';
import { Questions } from '../questions/questions.ts';
import { systemClock } from '../services/clock.ts';
import { createIds } from '../services/ids.ts';
import { IssuedItems } from '../services/issued-items.ts';
import { createLog } from '../services/log.ts';
import { systemRandom } from '../services/random.ts';
import { estimatedTokens } from '../services/tokens.ts';
import { createHttpTransport } from '../upstream/http-transport.ts';
import type { Gateway } from './gateway.ts';
import { KeyService } from './key-service.ts';
import type { GatewayOptions } from './options.ts';
import { closeAll, RunningGateway } from './running.ts';
import { type BaseServices, createSetup, type Setup } from './setup.ts';
import { Setups } from './setups.ts';
import { createStores } from './stores.ts';

/** Builds a gateway from its parts. `createGateway` in `gateway.ts` adds the first-party plugins. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const kinds = new Map(options.kinds.map((kind) => [kind.kind, kind]));
  const plugins = new Map(options.plugins.map((plugin) => [plugin.name, plugin]));
  const readConfig = () => configOf(options, kinds);
  const config = await readConfig();
  const logging =
    options.services?.log === undefined ? createLog({ level: config.telemetry.logLevel }) : null;
  const log = options.services?.log ?? logging!.log;
  const clock = options.services?.clock ?? systemClock;
  const active = new InFlight();
  const questions = new Questions(active);
  const base: BaseServices = {
    clock,
    log,
    random: options.services?.random ?? systemRandom,
    ids: options.services?.ids ?? createIds(),
    tokens: estimatedTokens,
    health: createHealth({ clock }),
    completions: questions,
  };
  const http = options.http ?? createHttpTransport({ clock });
  const issued = new IssuedItems(clock);
  const stores = createStores({
    config: options.embeddedStores === true ? embedded(config.stores) : config.stores,
    dataFolder: options.data ?? null,
    clock,
    log,
  });
  const keys = new KeyService(stores, clock, log);
  const foundations = { base, http, issued, stores, keys, active, questions };
  const policies = createPolicyLoader({ clock, log });
  const setups = new Setups(await createSetup(config, kinds, foundations), log);
  /** The configuration that the reload under way loads programs with. */
  let loading: Setup = setups.current;
  const programs = createPrograms({
    read: () => snapshotOf(options.policies),
    load: async (snapshot) => {
      const setup = loading;
      const program = await loadProgram(snapshot, {
        plugins,
        services: setup.services,
        clock,
        budgetStatus: setup.config.auth.budgetStatus,
        references: referencesOf(options),
        loadPolicies: policies.load(setup.services.models),
        warn: (problems) => log.warn({ problems }, 'the policies have warnings'),
      });
      // Known before the first request of the program comes.
      if (countGates(program.steps) > 0) await keys.start();
      return setups.bind(program, setup);
    },
    verify: (program, snapshot) =>
      verifyFolder(program, snapshot, { setup: setups.of(program), sandbox: policies.sandbox }),
    clock,
    log,
  });
  const first = await programs.reload();
  if (!first.ok) {
    await closeAll(programs, setups, policies, foundations);
    throw new ProblemsError(first.problems);
  }
  try {
    await stores.connected();
  } catch (error) {
    await closeAll(programs, setups, policies, foundations);
    throw error;
  }
  return new RunningGateway({
    options,
    readConfig,
    kinds,
    foundations,
    policies,
    setups,
    programs,
    logging,
    setLoading: (setup) => {
      loading = setup;
    },
  });
}

function embedded(stores: StoresConfig): StoresConfig {
  return { ...stores, ledger: 'sqlite', counters: 'memory', cache: 'memory', vectors: 'memory' };
}

async function configOf(
  options: GatewayOptions,
  kinds: ReadonlyMap<string, AnyProviderKind>,
): Promise<GatewayConfig> {
  const { config, env, host, port } = options;
  const inline = typeof config === 'object' && config !== null ? config : null;
  const { config: loaded, problems } = await loadConfig({
    file: inline?.name ?? (config as string | null),
    env,
    kinds,
    ...(inline === null ? undefined : { readFile: async () => inline.text }),
    ...(host === undefined ? undefined : { host }),
    ...(port === undefined ? undefined : { port }),
  });
  for (const problem of problems) options.warn?.(problem);
  return loaded;
}

/** Secrets of plugin files are found where those of the configuration are. */
function referencesOf({ config, env }: GatewayOptions): References {
  const file = typeof config === 'string' ? config : null;
  return { env, readFile: (path) => readFile(path, 'utf8'), folder: folderOf(file) };
}

function snapshotOf(policies: GatewayOptions['policies']): Promise<FolderSnapshot> {
  return typeof policies === 'string' ? readFolder(policies) : Promise.resolve(memoryFolder(policies));
}
