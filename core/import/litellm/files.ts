import { stringify } from 'yaml';
import type { Json } from '../../../sdk/json.ts';
import type { Draft, DraftAlias, DraftProvider } from './draft.ts';

/** One file that the import writes. */
export interface ImportedFile {
  /** Below the folder that is written to. */
  readonly path: string;
  readonly text: string;
  /** Only its owner may read it. */
  readonly secret: boolean;
}

/** Everything that is written, in the order of its names. */
export function filesOf(draft: Draft): ImportedFile[] {
  const file = (path: string, text: string): ImportedFile => ({ path, text, secret: false });
  const files = [
    file('gateway.yaml', gatewayYaml(draft)),
    file('policies/00-ledger.yaml', ledgerYaml(draft)),
    file('policies/10-keys.yaml', plugin('Virtual keys and tenants.', 'keys', {})),
    file(
      'policies/60-limits.yaml',
      plugin('Limits of keys and tenants, and those listed here.', 'token-limiter', {
        ...draft.limiter,
        ...(draft.limits.length === 0 ? {} : { limits: draft.limits }),
      }),
    ),
    file('policies/70-fallback.yaml', fallbackYaml(draft)),
  ];
  if (draft.cache !== null) {
    files.push(
      file(
        'policies/65-cache.yaml',
        plugin('Answers that were given before.', 'semantic-cache', draft.cache),
      ),
    );
  }
  for (const [name, value] of draft.secrets) {
    files.push({ path: `secrets/${name}`, text: `${value}\n`, secret: true });
  }
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function gatewayYaml(draft: Draft): string {
  const { server, auth, ...rest } = draft.sections;
  const value = {
    ...(server === undefined ? {} : { server }),
    ...(auth === undefined ? {} : { auth }),
    providers: Object.fromEntries([...draft.providers.values()].map((one) => [one.name, providerYaml(one)])),
    models: Object.fromEntries([...draft.models].map(([name, alias]) => [name, aliasYaml(alias)])),
    ...rest,
  };
  const note =
    '# Made by `sluice import litellm`. It listens on this machine alone: write server.host: 0.0.0.0 for others.';
  return `${note}\n${yaml(value)}`;
}

function providerYaml({ kind, options, names }: DraftProvider): Record<string, Json> {
  const renamed = Object.fromEntries([...names].filter(([model, there]) => model !== there));
  const key = kind === 'bedrock' ? 'base_models' : 'deployments';
  return { kind, ...options, ...(Object.keys(renamed).length === 0 ? {} : { [key]: renamed }) };
}

function aliasYaml({ targets, strategy }: DraftAlias): Json {
  const list = targets.map(({ target, ...rest }): Json => {
    const extra = Object.entries(rest).filter(([name]) => targets.length > 1 || name !== 'weight');
    return extra.length === 0 ? target : { target, ...Object.fromEntries(extra) };
  });
  const [first] = list;
  if (list.length === 1) return typeof first === 'string' ? first : list;
  return strategy === 'ordered' ? list : { strategy, targets: list };
}

function ledgerYaml({ prices, ledgerRetention }: Draft): string {
  return plugin('One row for each request; prices are US dollars for a million tokens.', 'ledger', {
    ...(ledgerRetention === null ? {} : { retention: ledgerRetention }),
    ...(Object.keys(prices).length === 0 ? {} : { prices }),
  });
}

function fallbackYaml({ fallback }: Draft): string {
  // LiteLLM has no such ceiling: a fallback that was asked before must still be asked.
  return plugin('What happens when a target fails.', 'fallback', { ...fallback, cost_ceiling: 'none' });
}

function plugin(note: string, name: string, options: Readonly<Record<string, Json>>): string {
  return `# ${note}\n${yaml({ plugin: name, ...options })}`;
}

function yaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
