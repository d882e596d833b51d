import type { Log } from '../../sdk/services.ts';
import type { StoresConfig } from '../config/config.ts';
import { PolicyFolder } from '../console/policies/policy-folder.ts';
import { createHealth } from '../health/health.ts';
import { InFlight } from '../pipeline/in-flight.ts';
import { verifyFolder } from '../policy-test/verify.ts';
import { ProblemsError } from '../problem.ts';
import type { FolderSnapshot } from '../program/folder.ts';
import { countGates } from '../program/gates.ts';
import { loadProgram } from '../program/load.ts';
import { createPolicyLoader, type PolicyLoader } from '../program/policy-loader.ts';
import { createPrograms } from '../program/registry.ts';
import type { Program } from '../program/step.ts';
import { Questions } from '../questions/questions.ts';
import type { SecretReader } from '../secrets/reader.ts';
import { Secrets } from '../secrets/secrets.ts';
import { systemClock } from '../services/clock.ts';
import { createIds } from '../services/ids.ts';
import { IssuedItems } from '../services/issued-items.ts';
import { createLog } from '../services/log.ts';
import { systemRandom } from '../services/random.ts';
import { silentLog } from '../services/silent-log.ts';
import { estimatedTokens } from '../services/tokens.ts';
import { createHttpTransport } from '../upstream/http-transport.ts';
import { ConfigReader, readText } from './config-reader.ts';
import type { Gateway } from './gateway.ts';
import { KeyService } from './key-service.ts';
import type { GatewayOptions } from './options.ts';
import { Reloader } from './reloader.ts';
import { closeAll, RunningGateway } from './running.ts';
import { type BaseServices, createSetup, type Setup } from './setup.ts';
import { Setups } from './setups.ts';
import { createStores } from './stores.ts';

/** Builds a gateway from its parts. `createGateway` in `gateway.ts` adds the first-party plugins. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const kinds = new Map(options.kinds.map((kind) => [kind.kind, kind]));
  const plugins = new Map(options.plugins.map((plugin) => [plugin.name, plugin]));
  const clock = options.services?.clock ?? systemClock;
  const http = options.http ?? createHttpTransport({ clock });
  let log: Log = options.services?.log ?? silentLog;
  const secrets = new Secrets({ env: options.env, readFile: readText, clock, http, log: () => log });
  const configs = new ConfigReader(options, kinds, secrets);
  const config = await configs.read().catch(async (error: unknown) => {
    secrets.close();
    await http.close?.();
    throw error;
  });
  const logging =
    options.services?.log === undefined ? createLog({ level: config.telemetry.logLevel }) : null;
  if (logging !== null) log = logging.log;
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
  const issued = new IssuedItems(clock);
  const storesOf = (own: StoresConfig) => (options.embeddedStores === true ? embedded(own) : own);
  const stores = createStores({
    config: storesOf(config.stores),
    dataFolder: options.data ?? null,
    clock,
    log,
    newerLogin: () => secrets.lookNow(),
  });
  const keys = new KeyService(stores, clock, log);
  const foundations = { base, http, issued, stores, keys, active, questions, secrets };
  const policies = createPolicyLoader({ clock, log });
  const setups = new Setups(await createSetup(config, kinds, foundations), log);
  /** The configuration that the reload under way loads programs with. */
  let loading: Setup = setups.current;
  const secretsOf = new WeakMap<Program, SecretReader>();
  const folder = new PolicyFolder(options.policies);
  const load = async (snapshot: FolderSnapshot, setup: Setup, loader: PolicyLoader): Promise<Program> => {
    const reader = secrets.reader();
    const program = await loadProgram(snapshot, {
      plugins,
      services: setup.services,
      clock,
      budgetStatus: setup.config.auth.budgetStatus,
      references: configs.references(reader),
      loadPolicies: loader.load(setup.services.models),
      warn: (problems) => log.warn({ problems }, 'the policies have warnings'),
    });
    // Known before the first request of the program comes.
    if (countGates(program.steps) > 0) await keys.start();
    const bound = setups.bind(program, setup);
    secretsOf.set(bound, reader);
    return bound;
  };
  const programs = createPrograms({
    read: () => folder.read(),
    load: async (snapshot) => {
      const program = await load(snapshot, loading, policies);
      folder.loaded(snapshot, clock.now());
      return program;
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
  const reloader = new Reloader({
    configs,
    secrets,
    kinds,
    foundations,
    setups,
    programs,
    setLoading: (setup) => {
      loading = setup;
    },
    secretsOf: (program) => secretsOf.get(program),
    renewStores: (own) => stores.renew(storesOf(own)),
  });
  reloader.watchSecrets();
  const authoring = {
    folder,
    plugins,
    kinds,
    references: () => configs.references(secrets.reader()),
    load: (draft: FolderSnapshot, loader: PolicyLoader) => load(draft, setups.current, loader),
  };
  const parts = { options, reloader, foundations, policies, setups, programs, logging, authoring };
  return new RunningGateway(parts);
}

function embedded(stores: StoresConfig): StoresConfig {
  return { ...stores, ledger: 'sqlite', counters: 'memory', cache: 'memory', vectors: 'memory' };
}
