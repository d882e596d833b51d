import type { Json } from '../../../sdk/json.ts';
import { type FailureKind, movingFailures } from '../../../sdk/target.ts';
import type { Draft } from './draft.ts';
import type { SourceNode } from './source.ts';

/** LiteLLM's lists of fallbacks, and the failures after which each is gone along. */
const lists: Readonly<Record<string, readonly FailureKind[]>> = {
  fallbacks: movingFailures,
  context_window_fallbacks: ['context_length'],
  content_policy_fallbacks: ['content_filter'],
};
/** What a chain of the `fallback` plugin takes. */
const maxEntries = 8;

type Chain = Map<string, { readonly on: Set<FailureKind>; readonly nodes: SourceNode[] }>;

/** Reads all lists of fallbacks, of `litellm_settings` and `router_settings`, into chains of the `fallback` plugin. */
export function mapFallbacks(draft: Draft): void {
  const { root } = draft.source;
  const sections = [root.get('litellm_settings'), root.get('router_settings')].filter(
    (one) => one !== undefined,
  );
  const chains = new Map<string, Chain>();
  const defaults: SourceNode[] = [];
  for (const [key, on] of Object.entries(lists)) {
    for (const section of sections) {
      for (const entry of section.get(key)?.children() ?? []) {
        for (const list of entry.children()) {
          if (list.name === '*') defaults.push(...list.children());
          else if (draft.models.has(list.name)) add(draft, chains, list.name, list.children(), on);
          else
            list.list(
              'todo',
              'no alias of this name was imported; write the chain into policies/70-fallback.yaml for the alias that has its targets',
            );
        }
      }
    }
  }
  for (const section of sections) defaults.push(...(section.get('default_fallbacks')?.children() ?? []));
  // Defaults are for those that have no list of their own.
  const isGeneral = (chain: Chain | undefined) =>
    [...(chain?.values() ?? [])].some(({ on }) => on.has('connect'));
  const without = [...draft.models.keys()].filter((alias) => !isGeneral(chains.get(alias)));
  for (const alias of without) add(draft, chains, alias, defaults, movingFailures);
  if (without.length === 0)
    for (const node of defaults) node.list('unneeded', 'every alias has fallbacks of its own');
  write(draft, chains, sections);
}

function add(
  draft: Draft,
  chains: Map<string, Chain>,
  alias: string,
  entries: readonly SourceNode[],
  on: readonly FailureKind[],
): void {
  const chain: Chain = chains.get(alias) ?? new Map();
  chains.set(alias, chain);
  for (const node of entries) {
    const name = node.text;
    if (name === undefined) {
      node.list(
        'todo',
        'a fallback is a name here; one with parameters of its own needs an alias and a policy',
      );
      continue;
    }
    if (targetsOf(draft, name) === null) {
      node.list(
        'todo',
        'it names no alias and no provider/model that was imported; it is left out of the chain',
      );
      continue;
    }
    const known = chain.get(name) ?? { on: new Set<FailureKind>(), nodes: [] };
    for (const kind of on) known.on.add(kind);
    known.nodes.push(node);
    chain.set(name, known);
  }
}

/** What a name leads to; null where it leads nowhere. */
function targetsOf(draft: Draft, name: string): readonly string[] | null {
  const alias = draft.models.get(name);
  if (alias !== undefined) return alias.targets.map(({ target }) => target);
  const slash = name.indexOf('/');
  return slash > 0 && slash < name.length - 1 && draft.providers.has(name.slice(0, slash)) ? [name] : null;
}

function write(draft: Draft, chains: ReadonlyMap<string, Chain>, sections: readonly SourceNode[]): void {
  const written: Record<string, Json> = {};
  const most = mostFallbacks(sections);
  for (const [alias, chain] of chains) {
    const seen = new Set(targetsOf(draft, alias));
    const entries: Json[] = [];
    for (const [target, { on, nodes }] of chain) {
      const targets = targetsOf(draft, target)!;
      if (targets.every((one) => seen.has(one))) {
        for (const node of nodes)
          node.list(
            'unneeded',
            'its targets have been asked by then: they are those of the alias, or of entries before it',
          );
        continue;
      }
      if (entries.length >= most) {
        for (const node of nodes)
          node.list('changed', `a chain goes on ${most} times at most; this entry is left out`);
        continue;
      }
      for (const one of targets) seen.add(one);
      const isUsual = on.size === movingFailures.length && movingFailures.every((kind) => on.has(kind));
      entries.push(isUsual ? target : { target, on: [...on] });
      for (const node of nodes) node.map(`policies/70-fallback.yaml chains.${alias}`);
    }
    if (entries.length > 0) written[alias] = entries;
  }
  if (Object.keys(written).length > 0) draft.fallback['chains'] = written;
}

function mostFallbacks(sections: readonly SourceNode[]): number {
  for (const section of sections) {
    const node = section.get('max_fallbacks');
    if (node?.number === undefined) continue;
    node.map('policies/70-fallback.yaml chains (their length)');
    return Math.min(Math.max(1, node.number), maxEntries);
  }
  return maxEntries;
}
