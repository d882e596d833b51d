import { requestJson } from '../../api/client.ts';
import type { KeyPage } from '../../api/types.ts';
import { useResource } from '../../data/resource.ts';

/** Aliases of keys by the id that the ledger has. Keys that are gone, or far down the list, keep their id. */
export function useKeyNames(wanted: boolean): ReadonlyMap<string, string> {
  const { data } = useResource(wanted ? 'keys' : '', async (signal) => {
    if (!wanted) return new Map<string, string>();
    const { keys } = await requestJson<KeyPage>('/key/list?size=100&return_full_object=true', { signal });
    return new Map(
      keys.flatMap(({ key_id: id, key_alias: alias }) => (alias === null ? [] : [[id, alias] as const])),
    );
  });
  return data ?? none;
}

const none: ReadonlyMap<string, string> = new Map();
