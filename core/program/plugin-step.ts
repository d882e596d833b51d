import type { ChunkTransform } from '../../sdk/decision.ts';
import type { AnyPlugin, MaybePromise, PluginInfo, RequestHooks, StreamMode } from '../../sdk/plugin.ts';
import type { Clock, Services } from '../../sdk/services.ts';
import type { HookName } from '../../sdk/trace.ts';
import { nearest } from '../text/nearest.ts';
import type { PluginFile } from './plugin-file.ts';
import { checkRoutes } from './route-check.ts';
import type { Step } from './step.ts';

const defaultTimeoutMs = 5_000;
/** A setup that takes longer waits for something that is not there. */
const setupTimeoutMs = 30_000;

const hookNames: readonly HookName[] = ['onRequest', 'route', 'beforeUpstream', 'afterResponse'];
const memberNames = [...hookNames, 'state', 'wants', 'transform', 'masks', 'settled', 'close'];

/** The hooks of any plugin, `afterResponse` in whatever form its mode gives it. */
interface AnyHooks extends RequestHooks<unknown> {
  readonly streamMode?: StreamMode;
  readonly holdBackChars?: number;
  wants?(...args: unknown[]): boolean;
  transform?(...args: unknown[]): ChunkTransform | undefined;
  afterResponse?(...args: unknown[]): unknown;
}

/**
 * Sets a plugin up and wraps it as a step. It gets the services that its `needs` lists and no others.
 *
 * @throws {Error} in words for the author, when the setup fails, takes too long, or returns hooks that do not fit
 * what the plugin declares: an `afterResponse` without `streamMode` would be skipped on streams.
 */
export async function pluginStep(
  plugin: AnyPlugin,
  file: PluginFile,
  services: Services,
  version: string,
  budgetStatus?: number,
  place: Pick<PluginInfo, 'assets' | 'folder'> = {},
): Promise<Step> {
  const setup = plugin.setup(file.options, pick(plugin, services), {
    file: file.file,
    policyVersion: version,
    ...place,
    ...(budgetStatus === undefined ? undefined : { budgetStatus }),
  }) as MaybePromise<AnyHooks>;
  const hooks = await inTime(setup, plugin.name, services.clock);
  const authenticates = plugin.authenticates === true && file.mode === 'enforce';
  try {
    checkHooks(plugin, hooks);
    if (hooks.routes !== undefined) checkRoutes(plugin.name, hooks.routes);
    if (authenticates) checkGate(plugin, file, hooks);
  } catch (error) {
    await hooks?.close?.();
    throw error;
  }
  const streamMode = modeOf(plugin, hooks) ?? null;
  return {
    file: file.file,
    name: plugin.name,
    kind: 'plugin',
    summary: plugin.summary,
    mode: file.mode,
    onFailure: file.onFailure ?? plugin.onFailure,
    timeoutMs: file.timeoutMs ?? plugin.timeoutMs ?? defaultTimeoutMs,
    hooks: hookNames.filter((name) => hooks[name] !== undefined),
    streamMode,
    holdBackChars: (plugin.streamMode === 'chunk' ? plugin.holdBackChars : hooks.holdBackChars) ?? 0,
    match: file.match,
    ...(authenticates ? { authenticates } : undefined),
    ...(plugin.caches === true ? { caches: true } : undefined),
    ...(plugin.accounts === true ? { accounts: true } : undefined),
    ...(hooks.facts === undefined ? undefined : { facts: hooks.facts }),
    ...(hooks.routes === undefined ? undefined : { routes: hooks.routes }),
    ...(hooks.provides === undefined ? undefined : { provides: hooks.provides }),
    ...(hooks.metrics === undefined ? undefined : { metrics: hooks.metrics }),
    ...bound(hooks, ['state', 'onRequest', 'route', 'beforeUpstream', 'wants', 'masks', 'settled', 'close']),
    ...answerHook(hooks, streamMode),
  };
}

/** @throws {Error} for settings that would let requests past a plugin that decides who may pass. */
function checkGate(plugin: AnyPlugin, file: PluginFile, { onRequest }: AnyHooks): void {
  if (onRequest === undefined) {
    throw new Error(
      `plugin "${plugin.name}" decides who may pass, so it needs an onRequest hook; it has none`,
    );
  }
  if (file.match !== null) {
    throw new Error(`plugin "${plugin.name}" decides who may pass, so it cannot have match: leave it out`);
  }
  if (file.onFailure === 'open') {
    throw new Error(`plugin "${plugin.name}" decides who may pass, so it cannot have on_failure: open`);
  }
}

function pick(plugin: AnyPlugin, services: Services): Partial<Services> {
  const picked: Record<string, unknown> = {};
  for (const need of plugin.needs as readonly string[]) {
    if (!Object.hasOwn(services, need)) {
      const known = Object.keys(services);
      const near = nearest(need, known);
      const advice = near ? `did you mean "${near}"?` : `known are: ${known.join(', ')}`;
      throw new Error(`plugin "${plugin.name}" needs "${need}", which is no service; ${advice}`);
    }
    picked[need] = services[need as keyof Services];
  }
  return picked as Partial<Services>;
}

async function inTime(setup: MaybePromise<AnyHooks>, name: string, clock: Clock): Promise<AnyHooks> {
  if (!(setup instanceof Promise)) return setup;
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(setupTimeoutMs, () => {
    late.reject(new Error(`plugin "${name}" was not set up within ${setupTimeoutMs / 1000} seconds`));
    // Nobody waits for it any more: what it opens all the same is closed again.
    setup.then((hooks) => hooks?.close?.()).catch(() => undefined);
  });
  try {
    return await Promise.race([setup, late.promise]);
  } finally {
    cancel();
  }
}

function checkHooks(plugin: AnyPlugin, hooks: AnyHooks): void {
  const name = `plugin "${plugin.name}"`;
  if (typeof hooks !== 'object' || hooks === null) {
    throw new Error(
      `${name}: expected setup to return an object of hooks; came ${hooks === null ? 'null' : typeof hooks}`,
    );
  }
  for (const [key, value] of Object.entries(hooks)) {
    if (value === undefined || (memberNames.includes(key) && typeof value === 'function')) continue;
    if (memberNames.includes(key))
      throw new Error(`${name}: expected "${key}" to be a function; came ${typeof value}`);
    // Values beside the hooks are the plugin's own business; a function is a hook that nobody would ever call.
    if (typeof value !== 'function') continue;
    const near = nearest(key, memberNames);
    throw new Error(
      `${name} has no hook "${key}"; ${near ? `did you mean "${near}"?` : `known are: ${memberNames.join(', ')}`}`,
    );
  }
  const streamMode = modeOf(plugin, hooks);
  if (hooks.afterResponse && !streamMode) {
    throw new Error(
      `${name} has "afterResponse" but declares no streamMode; declare observe, chunk or whole`,
    );
  }
  if (!hooks.afterResponse && streamMode) {
    throw new Error(`${name} declares streamMode "${streamMode}" but has no "afterResponse"`);
  }
}

/** The mode that the plugin declares, or that its options came to. */
function modeOf({ streamMode }: AnyPlugin, hooks: AnyHooks): StreamMode | undefined {
  return streamMode === 'by-options' ? hooks.streamMode : streamMode;
}

type Member = 'state' | 'onRequest' | 'route' | 'beforeUpstream' | 'wants' | 'masks' | 'settled' | 'close';

/** The members that are there, bound to their object so that hooks may use `this`. */
function bound(hooks: AnyHooks, names: readonly Member[]): Partial<Pick<Step, Member>> {
  const members: Record<string, unknown> = {};
  for (const name of names) {
    const member = hooks[name] as ((...args: never[]) => unknown) | undefined;
    if (member) members[name] = member.bind(hooks);
  }
  return members as Partial<Pick<Step, Member>>;
}

function answerHook(
  hooks: AnyHooks,
  mode: StreamMode | null,
): Partial<Pick<Step, 'observe' | 'transform' | 'whole'>> {
  if (mode === null || !hooks.afterResponse) return {};
  const name = mode === 'chunk' ? 'transform' : mode;
  return {
    [name]: hooks.afterResponse.bind(hooks),
    ...(mode === 'whole' && hooks.transform ? { transform: hooks.transform.bind(hooks) } : undefined),
  };
}
