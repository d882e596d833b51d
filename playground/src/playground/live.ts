import type { Given } from '../../../core/policy-test/case.ts';
import { requestJson } from '../api/client.ts';
import type { Policies } from '../api/types.ts';
import type { DraftFile, EngineConfig } from '../engine/messages.ts';
import { toast } from '../ui/toasts.tsx';
import { configOf, type LiveRegistry } from './live-config.ts';
import { tenants } from './names.ts';
import {
  config,
  givenRead,
  isUntouched,
  liveBase,
  liveConfig,
  ofSample,
  takeSample,
  takeState,
  wayBack,
} from './state.ts';

/** Takes the gateway's names over, for completion and decisions. */
export async function loadRegistry(signal: AbortSignal): Promise<void> {
  const registry = await requestJson<LiveRegistry>('/playground/api/registry', { signal });
  liveConfig.value = configOf(registry);
  tenants.value = registry.tenants;
}

/** The live folder, its cases included. */
export function loadPolicies(signal?: AbortSignal): Promise<Policies> {
  return requestJson<Policies>('/playground/api/policies', signal === undefined ? {} : { signal });
}

/** All files of the live folder that can be changed here. */
export function policyFiles({ files, case_files }: Policies): readonly DraftFile[] {
  return [...files, ...case_files.filter(({ name }) => !files.some((file) => file.name === name))];
}

/** Opens the live folder in place of what is in the page. */
export function openLive(live: Policies): void {
  const { version } = live;
  const all = policyFiles(live);
  const first = all.find(({ name }) => /\.policy\.(ts|js)$/.test(name)) ?? all[0];
  takeState({
    v: 1,
    files: all,
    given: knownGiven(givenRead.peek().given ?? {}, liveConfig.peek() ?? config.peek()),
    active: first?.name ?? '',
  });
  liveBase.value = { version, files: all };
}

/** Opens the live folder, with a way back to what was in the page. */
export function openInstead(live: Policies, label = 'Back to my draft'): void {
  const run = wayBack();
  openLive(live);
  toast({ kind: 'ok', text: `Version ${live.version} is open.`, action: { label, run } });
}

/**
 * Whoever signs in and has written nothing sees what the gateway does: the sample is about models that this gateway need not
 * have, and an older copy of the live folder is of no use.
 */
export async function openLiveIfUntouched(signal: AbortSignal): Promise<void> {
  if (!isUntouched()) return;
  const live = await loadPolicies(signal);
  if (signal.aborted || !isUntouched() || live.files.length === 0) return;
  if (ofSample.peek()) {
    openLive(live);
    toast({
      kind: 'ok',
      text: 'The live policies are open.',
      action: { label: 'Open the sample', run: takeSample },
    });
  } else if (liveBase.peek()?.version !== live.version) openLive(live);
}

/** A request without a model that only the sample has: then it is for the first alias. */
export function knownGiven(given: Given, names = config.peek()): Given {
  const model = given.request?.model;
  const isKnown = ({ alias, targets }: EngineConfig['models'][number]) =>
    alias === model || targets.some(({ target }) => target === model);
  if (model === undefined || names.models.some(isKnown)) return given;
  const { model: _, ...request } = given.request!;
  return { ...given, request };
}
