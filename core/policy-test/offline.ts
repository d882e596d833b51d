import { readFile } from 'node:fs/promises';
import type { AnyPlugin } from '../../sdk/plugin.ts';
import type { AnyProviderKind } from '../../sdk/provider.ts';
import type { Log } from '../../sdk/services.ts';
import type { Transport } from '../../sdk/transport.ts';
import type { GatewayConfig } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { createHealth } from '../health/health.ts';
import { InFlight } from '../pipeline/in-flight.ts';
import type { PlanPolicy } from '../policy/plan.ts';
import type { Problem } from '../problem.ts';
import type { FolderSnapshot } from '../program/folder.ts';
import { closeSteps, loadProgram } from '../program/load.ts';
import { createPolicyLoader } from '../program/policy-loader.ts';
import { noQuestions } from '../questions/none.ts';
import { KeyService } from '../runtime/key-service.ts';
import { type BaseServices, createSetup } from '../runtime/setup.ts';
import { createStores } from '../runtime/stores.ts';
import { systemClock } from '../services/clock.ts';
import { createIds } from '../services/ids.ts';
import { IssuedItems } from '../services/issued-items.ts';
import { silentLog } from '../services/log.ts';
import { systemRandom } from '../services/random.ts';
import { estimatedTokens } from '../services/tokens.ts';
import { plansOf } from './plans.ts';
import type { Stage } from './run.ts';

export interface OfflineOptions {
  /** Path of `gateway.yaml`, its text, or null for the built-in defaults. */
  readonly config: string | { readonly name: string; readonly text: string } | null;
  readonly snapshot: FolderSnapshot;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly plugins: readonly AnyPlugin[];
  readonly kinds: readonly AnyProviderKind[];
  /** Hears what policies log; nobody by default. */
  readonly log?: Log;
}

/** A program that can be tried and does not serve. */
export interface Offline extends Stage {
  readonly policies: readonly PlanPolicy[];
  /** Names of the plugin files, which do not run offline. */
  readonly leftOut: readonly string[];
  readonly warnings: readonly Problem[];
  close(): Promise<void>;
}

/**
 * Loads a program to be tried: its policies are loaded as they would be to serve; plugins have their settings checked
 * and are not set up, since they open stores and connections. Variables of the environment that the configuration
 * names may be missing: without calls, no key is needed.
 *
 * @throws ProblemsError with everything that is wrong in the configuration or the folder.
 */
export async function loadOffline(options: OfflineOptions): Promise<Offline> {
  const { snapshot, log = silentLog } = options;
  const kinds = new Map(options.kinds.map((kind) => [kind.kind, kind]));
  const config = await configOf(options, kinds);
  const base: BaseServices = {
    clock: systemClock,
    log,
    random: systemRandom,
    ids: createIds(),
    tokens: estimatedTokens,
    health: createHealth({ clock: systemClock }),
    completions: noQuestions,
  };
  const loader = createPolicyLoader({ clock: systemClock, log });
  // Plugins are not set up here, so nobody asks for a store.
  const stores = createStores({ config: config.stores, dataFolder: null, clock: base.clock, log });
  const setup = await createSetup(config, kinds, {
    base,
    http: noNetwork,
    issued: new IssuedItems(base.clock),
    stores,
    keys: new KeyService(stores, base.clock, log),
    active: new InFlight(),
  });
  const close = async () => {
    await setup.close();
    await loader.close();
  };
  const warnings: Problem[] = [];
  try {
    const program = await loadProgram(snapshot, {
      plugins: new Map(options.plugins.map((plugin) => [plugin.name, withoutEffects(plugin)])),
      services: setup.services,
      clock: systemClock,
      loadPolicies: loader.load(setup.services.models),
      warn: (problems) => warnings.push(...problems),
    });
    return {
      program,
      setup,
      policies: await plansOf(snapshot, loader.sandbox),
      leftOut: program.steps.filter(({ kind }) => kind === 'plugin').map(({ name }) => name),
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

async function configOf(
  { config, env }: OfflineOptions,
  kinds: ReadonlyMap<string, AnyProviderKind>,
): Promise<GatewayConfig> {
  const inline = typeof config === 'object' && config !== null ? config : null;
  const file = inline?.name ?? (config as string | null);
  const readText = async (path: string) =>
    path === inline?.name ? inline.text : await readFile(path, 'utf8');
  const loaded = await loadConfig({
    file,
    env: file === null ? env : { ...(await standIns(file, readText)), ...env },
    kinds,
    readFile: readText,
  });
  return loaded.config;
}

/** A value for each variable that the configuration names. */
async function standIns(
  file: string,
  readText: (path: string) => Promise<string>,
): Promise<Record<string, string>> {
  try {
    const names = (await readText(file)).matchAll(/\$\{([A-Za-z_]\w*)\}/g);
    return Object.fromEntries([...names].map(([, name]) => [name!, 'not-set']));
  } catch {
    // Loading the configuration says why it cannot be read.
    return {};
  }
}

/** The plugin with hooks that do nothing. */
function withoutEffects(plugin: AnyPlugin): AnyPlugin {
  const hooks = plugin.streamMode === undefined ? {} : { afterResponse: () => undefined };
  // Nobody is kept out of a trial, so nobody needs to decide who may pass; and no store is opened for it.
  return { ...plugin, authenticates: false, needs: [], setup: () => hooks } as AnyPlugin;
}

const noNetwork: Transport = {
  send(_request, _limits, handler) {
    queueMicrotask(() => handler.onFailure({ kind: 'connect', message: 'nobody is called offline' }));
    return { abort: () => undefined, pause: () => undefined, resume: () => undefined };
  },
};
