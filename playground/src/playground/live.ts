import { requestJson } from '../api/client.ts';
import type { Policies } from '../api/types.ts';
import { configOf, type LiveRegistry } from './live-config.ts';
import { tenants } from './names.ts';
import { config, configIsLive, givenRead, liveBase, takeState } from './state.ts';

/** Takes the gateway's names over, for completion and decisions. */
export async function loadRegistry(signal: AbortSignal): Promise<void> {
  const registry = await requestJson<LiveRegistry>('/playground/api/registry', { signal });
  config.value = configOf(registry);
  tenants.value = registry.tenants;
  configIsLive.value = true;
}

/** The live folder, its cases included. */
export function loadPolicies(signal?: AbortSignal): Promise<Policies> {
  return requestJson<Policies>('/playground/api/policies', signal === undefined ? {} : { signal });
}

/** Opens the live folder in place of what is in the page. */
export function openLive({ version, files, case_files }: Policies): void {
  const all = [...files, ...case_files.filter(({ name }) => !files.some((file) => file.name === name))];
  const first = all.find(({ name }) => /\.policy\.(ts|js)$/.test(name)) ?? all[0];
  takeState({ v: 1, files: all, given: givenRead.peek().given ?? {}, active: first?.name ?? '' });
  liveBase.value = { version, files: all };
}
