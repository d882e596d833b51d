import type { ParseArgsOptionsConfig } from 'node:util';
import { UsageError } from './command.ts';

interface FieldOption {
  readonly field: string;
  readonly read: (text: string, option: string) => unknown;
}

const asText = (text: string) => text;

/** Numbers are checked where they are used; here only what is no number at all is a mistake in the command. */
function asNumber(text: string, option: string): number {
  const number = Number(text.replaceAll('_', ''));
  if (text.trim() !== '' && Number.isFinite(number)) return number;
  throw new UsageError(`--${option} expects a number, got "${text}"`);
}

function asList(text: string, option: string): string[] {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  // No models in a list are no limit at all: an empty shell variable must not open everything.
  if (items.length > 0) return items;
  throw new UsageError(`--${option} expects names with commas between them, or none for all; got nothing`);
}

function asObject(text: string, option: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`--${option} expects a JSON object such as '{"team": "support"}', got "${text}"`);
  }
}

/** Options of the command line and the fields of `/key/*` that they set. */
const options: Readonly<Record<string, FieldOption>> = {
  alias: { field: 'key_alias', read: asText },
  duration: { field: 'duration', read: asText },
  models: { field: 'models', read: asList },
  'max-budget': { field: 'max_budget', read: asText },
  'soft-budget': { field: 'soft_budget', read: asText },
  'budget-duration': { field: 'budget_duration', read: asText },
  rpm: { field: 'rpm_limit', read: asNumber },
  tpm: { field: 'tpm_limit', read: asNumber },
  'output-tpm': { field: 'output_tpm_limit', read: asNumber },
  'max-parallel': { field: 'max_parallel_requests', read: asNumber },
  'daily-token-cap': { field: 'daily_token_cap', read: asNumber },
  tenant: { field: 'tenant_id', read: asText },
  plan: { field: 'plan', read: asText },
  region: { field: 'region', read: asText },
  metadata: { field: 'metadata', read: asObject },
};

/** For `parseOptions`. */
export const changeOptions = Object.fromEntries(
  Object.keys(options).map((name) => [name, { type: 'string' }]),
) as Record<string, { type: 'string' }> satisfies ParseArgsOptionsConfig;

/** The body of a request: what was given, `none` as null. @throws UsageError */
export function fieldsOf(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const [name, { field, read }] of Object.entries(options)) {
    const text = values[name];
    if (typeof text === 'string') body[field] = text === 'none' ? null : read(text, name);
  }
  return body;
}
