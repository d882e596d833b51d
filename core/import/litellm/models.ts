import type { Draft, DraftAlias, DraftTarget } from './draft.ts';
import { mapPrices } from './prices.ts';
import { type Destination, destinationOf, providerFor } from './provider-of.ts';
import type { SourceNode } from './source.ts';
import { wildcards } from './wildcards.ts';

interface Deployment {
  readonly node: SourceNode;
  readonly alias: string;
  readonly params: SourceNode;
}

/** Reads `model_list`: repeats of a name are the targets of one alias, and names with `*` are providers. */
export function mapModels(draft: Draft): void {
  const list = draft.source.root.get('model_list');
  const deployments: Deployment[] = [];
  for (const node of list?.children() ?? []) {
    const name = node.get('model_name');
    const params = node.get('litellm_params');
    if (name?.text === undefined || params === undefined) {
      node.list('todo', 'expected model_name and litellm_params; the entry is left out');
    } else deployments.push({ node, alias: name.text, params });
  }
  const isWildcard = ({ alias, params }: Deployment) =>
    alias.includes('*') || (params.get('model')?.text ?? '').includes('*');
  // First: clients name the provider of a wildcard, so its name is not free to choose.
  wildcards(draft, deployments.filter(isWildcard));
  const byAlias = Map.groupBy(
    deployments.filter((one) => !isWildcard(one)),
    ({ alias }) => alias,
  );
  const capacities = new Map<string, DraftTarget>();
  for (const [alias, own] of byAlias) mapAlias(draft, alias, own, capacities);
  mapGroupAliases(draft);
}

interface Placed {
  readonly target: DraftTarget;
  readonly order: number | null;
}

function mapAlias(
  draft: Draft,
  name: string,
  own: readonly Deployment[],
  capacities: Map<string, DraftTarget>,
): void {
  const placed: Placed[] = [];
  for (const deployment of own) {
    const info = deployment.node.get('model_info');
    const destination = destinationOf(draft, deployment.params, info);
    if (destination === null) continue;
    const target = targetOf(draft, deployment, destination, capacities);
    deployment.node.get('model_name')!.map('gateway.yaml models');
    mapPrices(draft, target.target, deployment.params, info);
    if (placed.some((known) => known.target.target === target.target)) {
      deployment.node.list(
        'changed',
        'the same target as an entry before, with the same settings: it is one target here',
      );
      continue;
    }
    const order = deployment.params.get('order');
    order?.map('gateway.yaml models (order of the list)');
    placed.push({ target, order: order?.number ?? null });
  }
  if (placed.length === 0) return;
  draft.models.set(name.trim(), grouped(draft, placed));
}

function targetOf(
  draft: Draft,
  { params }: Deployment,
  destination: Destination,
  capacities: Map<string, DraftTarget>,
): DraftTarget {
  const provider = providerFor(draft, destination);
  const target: DraftTarget = { target: `${provider.name}/${destination.model}` };
  const weight = params.get('weight');
  if (weight?.number !== undefined && weight.number > 0) {
    target.weight = weight.number;
    weight.map('gateway.yaml models (weight)');
  } else
    weight?.list('todo', 'expected a weight above 0; take the target out of its list to give it no traffic');
  const before = capacities.get(target.target);
  for (const key of ['rpm', 'tpm'] as const) {
    const node = params.get(key);
    if (node === undefined) continue;
    const value = node.number;
    if (value === undefined || !Number.isInteger(value) || value < 1) {
      node.list('todo', 'expected a whole number from 1; write it into the target of gateway.yaml by hand');
    } else if (before?.[key] !== undefined && before[key] !== value) {
      node.list(
        'changed',
        'a target has one capacity here, whichever alias leads to it; that of the first entry counts',
      );
      target[key] = before[key];
    } else {
      target[key] = value;
      node.map(`gateway.yaml models (${key})`);
    }
  }
  capacities.set(target.target, { ...before, ...target });
  return target;
}

/** LiteLLM's `simple-shuffle` goes by `weight`, else `rpm`, else `tpm`; `order` comes before all of them. */
function grouped(draft: Draft, placed: readonly Placed[]): DraftAlias {
  if (placed.some(({ order }) => order !== null)) {
    const sorted = placed.toSorted((a, b) => (a.order ?? Infinity) - (b.order ?? Infinity));
    return { targets: sorted.map(({ target }) => withoutWeight(target)), strategy: 'ordered' };
  }
  const targets = placed.map(({ target }) => target);
  const strategy = strategyOf(draft);
  if (strategy !== 'weighted') return { targets, strategy };
  const by = (['weight', 'rpm', 'tpm'] as const).find((key) => targets.some((one) => one[key] !== undefined));
  if (by === undefined || by === 'weight') return { targets, strategy };
  const isWhole = targets.every((one) => one[by] !== undefined);
  return { targets: isWhole ? targets.map((one) => ({ ...one, weight: one[by]! })) : targets, strategy };
}

function withoutWeight({ weight: _, ...rest }: DraftTarget): DraftTarget {
  return rest;
}

const strategies: Readonly<Record<string, string>> = {
  'simple-shuffle': 'weighted',
  'least-busy': 'least-busy',
  'latency-based-routing': 'least-latency',
  'cost-based-routing': 'least-cost',
  'usage-based-routing': 'least-busy',
  'usage-based-routing-v2': 'least-busy',
};

function strategyOf(draft: Draft): string {
  const written = draft.source.root.get('router_settings')?.get('routing_strategy')?.text;
  return strategies[written ?? 'simple-shuffle'] ?? 'weighted';
}

/** Says what became of `routing_strategy`. */
export function mapStrategy(node: SourceNode): void {
  const known = strategies[node.text ?? ''];
  if (known === undefined)
    return void node.list('todo', 'no such strategy here; groups are weighted. See docs/guide/routing.md');
  if (node.text!.startsWith('usage-based')) {
    node.list('changed', 'least-busy goes by calls under way; rpm and tpm of each target are kept as well');
  }
  node.map('gateway.yaml models (strategy)');
}

/** `model_group_alias`: further names of a group. */
function mapGroupAliases(draft: Draft): void {
  const names = draft.source.root.get('router_settings')?.get('model_group_alias');
  for (const node of names?.children() ?? []) {
    const of = node.text ?? node.get('model')?.text;
    const known = of === undefined ? undefined : draft.models.get(of);
    if (known === undefined || draft.models.has(node.name)) {
      node.list(
        'todo',
        known === undefined
          ? 'it stands for a model that was not imported'
          : 'a model has this name already; its own targets stay',
      );
      continue;
    }
    draft.models.set(node.name, { ...known });
    if (node.text !== undefined) node.map('gateway.yaml models');
    else {
      node.get('model')!.map('gateway.yaml models');
      node
        .get('hidden')
        ?.list(
          node.get('hidden')!.isTrue ? 'changed' : 'unneeded',
          'every alias is in /v1/models that the key may use',
        );
    }
  }
}
