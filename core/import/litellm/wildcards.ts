import type { Draft, DraftProvider } from './draft.ts';
import { destinationOf } from './provider-of.ts';
import type { SourceNode } from './source.ts';

interface Wildcard {
  readonly node: SourceNode;
  readonly alias: string;
  readonly params: SourceNode;
}

/**
 * Names with `*`. Clients may always ask for `PROVIDER/MODEL` here, so `openai/*` is a provider of that name. Other
 * patterns have no counterpart and are listed; their provider is there all the same.
 */
export function wildcards(draft: Draft, entries: readonly Wildcard[]): void {
  for (const { node, alias, params } of entries) {
    const destination = destinationOf(draft, params, node.get('model_info'));
    if (destination === null) continue;
    const { word, kind, options, model } = destination;
    const own = /^([\w.-]+)\/(.*)$/.exec(alias);
    const name = own === null ? word : own[1]!;
    const known = draft.providers.get(name);
    if (known === undefined) draft.providers.set(name, { name, kind, options, names: new Map() });
    else if (!joins(known, kind, options)) {
      node.leaveOut(
        `clients reach provider/model names by the provider’s name, and "${name}" is another one already; the entry is left out`,
      );
      continue;
    }
    const label = node.get('model_name')!;
    if (own !== null && own[2] === '*' && model === '*') label.map(`gateway.yaml providers.${name}`);
    else if (own !== null && own[2] === model) {
      label.list(
        'changed',
        `clients reach every model of "${name}", not those of the pattern alone; narrow it with models of keys or allowed_models of tenants`,
      );
    } else {
      label.list('todo', `clients ask for ${name}/MODEL; for other names write an alias into models:`);
    }
    mapCapacity(params);
  }
}

/** Entries that differ by their key alone are one provider with a pool of keys. */
function joins(known: DraftProvider, kind: string, options: DraftProvider['options']): boolean {
  const { api_key: key, ...rest } = options;
  const { api_key: pool, ...knownRest } = known.options;
  if (known.kind !== kind || JSON.stringify(rest) !== JSON.stringify(knownRest)) return false;
  if (key === undefined || pool === undefined) return key === pool;
  const keys = [pool, key].flat() as string[];
  known.options['api_key'] = new Set(keys).size === 1 ? key : [...new Set(keys)];
  return true;
}

function mapCapacity(params: SourceNode): void {
  for (const key of ['rpm', 'tpm', 'weight', 'order']) {
    params
      .get(key)
      ?.list('todo', 'only targets of an alias have it; write the model into models: with its rpm and tpm');
  }
}
