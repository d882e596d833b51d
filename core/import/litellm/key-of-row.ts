import { parseTimeSpan } from '../../../sdk/budget/time-span.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { KeyRecord } from '../../../sdk/keys.ts';
import {
  alias as aliasField,
  type FieldReader,
  metadata,
  models,
  money,
  tenantId,
  wholeNumber,
} from '../../keys/field.ts';
import { hashKey, isOwnKey } from '../../keys/secret-key.ts';
import type { TokenRow } from './token-table.ts';

/** What became of one row. */
export interface RowResult {
  readonly line: number;
  /** Null where the key is left out; the remarks say why. */
  readonly record: KeyRecord | null;
  readonly remarks: readonly string[];
}

export interface RowOptions {
  readonly nowMs: number;
  /** Take keys whose models their team says: `allowed_models` of the tenant of that name does so here. */
  readonly tenantsLimitModels: boolean;
}

/** Columns without a meaning here: what LiteLLM counts or notes for itself. */
const ownNotes = new Set([
  ...['key_name', 'created_at', 'created_by', 'updated_at', 'updated_by', 'budget_reset_at', 'spend'],
  ...[
    'model_spend',
    'soft_budget_cooldown',
    'last_active',
    'last_rotation_at',
    'key_rotation_at',
    'rotation_count',
  ],
  ...[
    'auto_rotate',
    'rotation_interval',
    'router_settings',
    'allowed_cache_controls',
    'user_id',
    'organization_id',
  ],
]);
/** Columns that narrow what a key may do in a way that keys here cannot. */
const narrowing = [
  'permissions',
  'model_max_budget',
  'object_permission_id',
  'budget_id',
  'budget_limits',
  'config',
  'aliases',
];

/**
 * Makes a key of a row. Where a key here could ask for more models or routes, or spend more, than it could in LiteLLM it is
 * left out: who imports keys must not widen them unseen.
 */
export function keyOfRow({ line, columns }: TokenRow, options: RowOptions): RowResult {
  const remarks: string[] = [];
  const fail = (why: string): RowResult => ({ line, record: null, remarks: [`left out: ${why}`] });
  const token = columns['token'];
  const hash = typeof token === 'string' ? hashOf(token) : null;
  if (hash === null) return fail('expected a SHA-256 as token, 64 hexadecimal digits');
  if (columns['team_id'] === 'litellm-dashboard') return fail('a session of LiteLLM’s dashboard');
  const routes = listOf(columns['allowed_routes']);
  if (routes.length > 0 && !routes.some((route) => route === 'llm_api_routes' || route === '*')) {
    return fail(
      'it is for certain routes only (allowed_routes); keys here may call every endpoint. Narrow it with a policy and make a new key',
    );
  }
  if (!isEmpty(columns['budget_id']) && isEmpty(columns['max_budget'])) {
    return fail(
      'its budget is in LiteLLM_BudgetTable (budget_id); write it into the columns max_budget and budget_duration',
    );
  }
  const read = <T>(name: string, reader: FieldReader<T>): T | null => {
    const value = columns[name];
    if (value === undefined || value === null || value === '') return null;
    return reader(value);
  };
  try {
    const team = read('team_id', tenantId);
    const allowed = modelsOf(columns, team, options, remarks);
    if (allowed === null) {
      return fail(
        'its models are those of its team, which the dump does not have; list them as allowed_models of that tenant in the keys plugin and say --tenants-limit-models',
      );
    }
    const createdAtMs = timeOf(columns['created_at']) ?? options.nowMs;
    const expires = columns['expires'];
    const expiresAtMs = timeOf(expires);
    if (expires !== undefined && expires !== null && expiresAtMs === null)
      return fail('its expires is no time');
    const record: KeyRecord = {
      id: hash,
      hash,
      name: nameOf(columns['key_name']),
      alias: read('key_alias', aliasField),
      tenantId: team,
      createdAtMs,
      updatedAtMs: options.nowMs,
      expiresAtMs,
      blocked: columns['blocked'] === true || columns['blocked'] === 'true',
      models: allowed,
      ...budgetOf(columns, read, createdAtMs, options.nowMs, remarks),
      rpmLimit: read('rpm_limit', wholeNumber),
      tpmLimit: read('tpm_limit', wholeNumber),
      outputTpmLimit: null,
      maxParallelRequests: read('max_parallel_requests', wholeNumber),
      dailyTokenCap: null,
      plan: null,
      region: null,
      metadata: metadata(notesOf(columns)),
      replacedBy: null,
    };
    remarks.push(...notCarried(columns));
    return { line, record, remarks };
  } catch (error) {
    return fail((error as Error).message);
  }
}

function hashOf(token: string): string | null {
  if (/^[0-9a-f]{64}$/i.test(token)) return token.toLowerCase();
  return isOwnKey(token) ? hashKey(token) : null;
}

function nameOf(name: Json | undefined): string {
  const tail = typeof name === 'string' ? /[\w.~-]{1,4}$/.exec(name)?.[0] : undefined;
  return `sk-…${tail ?? ''}`;
}

/** Models of a key; null where only its team knows them. */
function modelsOf(
  columns: JsonObject,
  team: string | null,
  { tenantsLimitModels }: RowOptions,
  remarks: string[],
): readonly string[] | null {
  const written = listOf(columns['models']);
  const special = written.filter((name) => /^(all-(team|proxy)-models|no-default-models)$/.test(name));
  if (special.includes('no-default-models')) {
    remarks.push(
      'it may ask for no model by itself (no-default-models): it is blocked here by a model name that does not exist',
    );
    return ['no-default-models'];
  }
  const byTeam = special.includes('all-team-models') || (written.length === 0 && team !== null);
  if (byTeam && !tenantsLimitModels) return null;
  if (byTeam) remarks.push('its models are those of its tenant: see allowed_models of the keys plugin');
  if (special.length > 0) return [];
  return models(written);
}

type Read = <T>(name: string, reader: FieldReader<T>) => T | null;

function budgetOf(columns: JsonObject, read: Read, createdAtMs: number, nowMs: number, remarks: string[]) {
  const max = read('max_budget', money);
  const soft = read('soft_budget', money);
  const written = columns['budget_duration'];
  const span = typeof written === 'string' ? parseTimeSpan(written) : null;
  if (written !== undefined && written !== null && span === null)
    throw new Error('its budget_duration is no duration');
  const spent = typeof columns['spend'] === 'number' ? Math.max(0, columns['spend']) : 0;
  const resetMs = timeOf(columns['budget_reset_at']);
  let limit = max;
  if (max !== null && spent > 0) {
    if (span === null) {
      limit = Math.max(0, max - money(spent));
      remarks.push('its budget is for ever: what LiteLLM counted as spent is taken off it');
    } else remarks.push('what it spent in the running window is not known here: that window begins anew');
  }
  // Windows of a fixed length follow from their first; LiteLLM names the end of the running one.
  const start =
    span?.unit === 'fixed' && resetMs !== null ? resetMs - span.ms : span === null ? createdAtMs : nowMs;
  return {
    maxBudgetNanoUsd: limit,
    softBudgetNanoUsd: soft !== null && limit !== null && soft > limit ? limit : soft,
    budgetDuration: span === null ? null : (written as string),
    budgetStartMs: Math.max(0, Math.min(start, nowMs)),
  };
}

/** Metadata of the key, and whose it was. */
function notesOf(columns: JsonObject): JsonObject {
  const own = isJsonObject(columns['metadata']) ? columns['metadata'] : {};
  const notes = Object.fromEntries(
    ['user_id', 'organization_id'].flatMap((name) => {
      const value = columns[name];
      return typeof value === 'string' && value !== '' ? [[`litellm_${name}`, value]] : [];
    }),
  );
  return { ...own, ...notes };
}

const taken = new Set([
  ...[
    'token',
    'key_alias',
    'expires',
    'models',
    'team_id',
    'metadata',
    'blocked',
    'max_budget',
    'soft_budget',
  ],
  ...['budget_duration', 'rpm_limit', 'tpm_limit', 'max_parallel_requests', 'allowed_routes', 'created_at'],
]);

function notCarried(columns: JsonObject): string[] {
  const filled = Object.entries(columns).filter(([, value]) => !isEmpty(value));
  const lost = filled.map(([name]) => name).filter((name) => !taken.has(name) && !ownNotes.has(name));
  return lost.map((name) =>
    narrowing.includes(name)
      ? `${name} is not carried over, and narrowed the key: set limits in Sluice before it is used`
      : `${name} is not carried over`,
  );
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '' || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function listOf(value: Json | undefined): string[] {
  if (isJsonObject(value) && Object.keys(value).length === 0) return [];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** Milliseconds of a timestamp as PostgreSQL or JSON writes it; without a zone it is UTC, as Prisma keeps it. */
function timeOf(value: Json | undefined): number | null {
  if (typeof value !== 'string') return null;
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d(?::?\d\d)?)?$/.exec(
    value.trim(),
  );
  if (match === null) return null;
  const zone = match[3] ?? 'Z';
  const full = /^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone;
  const ms = Date.parse(`${match[1]}T${match[2]}${full}`);
  return Number.isNaN(ms) ? null : ms;
}
