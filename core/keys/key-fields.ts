import { after, parseTimeSpan } from '../../sdk/budget/time-span.ts';
import { GatewayError } from '../../sdk/errors.ts';
import type { JsonObject } from '../../sdk/json.ts';
import type { KeyRecord } from '../../sdk/keys.ts';
import { didYouMean } from '../text/nearest.ts';
import {
  alias,
  duration,
  FieldProblem,
  type FieldReader,
  flag,
  label,
  metadata,
  models,
  money,
  orDefault,
  orNull,
  tenantId,
  wholeNumber,
} from './field.ts';

/** What a request says about a key. Absent is left as it is, null takes a limit away. */
export type KeyPatch = Partial<
  Pick<
    KeyRecord,
    | 'alias'
    | 'tenantId'
    | 'blocked'
    | 'models'
    | 'maxBudgetNanoUsd'
    | 'softBudgetNanoUsd'
    | 'budgetDuration'
    | 'rpmLimit'
    | 'tpmLimit'
    | 'outputTpmLimit'
    | 'maxParallelRequests'
    | 'dailyTokenCap'
    | 'plan'
    | 'region'
    | 'metadata'
  > & {
    /** How long the key is to live from now on; null for ever. */
    readonly duration: string | null;
  }
>;

interface Field {
  readonly to: keyof KeyPatch;
  readonly read: FieldReader<unknown>;
}

/** LiteLLM's names of fields, and ours beside them. */
const fields: Readonly<Record<string, Field>> = {
  key_alias: { to: 'alias', read: orNull(alias) },
  duration: { to: 'duration', read: orNull(duration) },
  models: { to: 'models', read: orDefault([], models) },
  max_budget: { to: 'maxBudgetNanoUsd', read: orNull(money) },
  soft_budget: { to: 'softBudgetNanoUsd', read: orNull(money) },
  budget_duration: { to: 'budgetDuration', read: orNull(duration) },
  rpm_limit: { to: 'rpmLimit', read: orNull(wholeNumber) },
  tpm_limit: { to: 'tpmLimit', read: orNull(wholeNumber) },
  output_tpm_limit: { to: 'outputTpmLimit', read: orNull(wholeNumber) },
  max_parallel_requests: { to: 'maxParallelRequests', read: orNull(wholeNumber) },
  daily_token_cap: { to: 'dailyTokenCap', read: orNull(wholeNumber) },
  tenant_id: { to: 'tenantId', read: orNull(tenantId) },
  plan: { to: 'plan', read: orNull(label(100)) },
  region: { to: 'region', read: orNull(label(100)) },
  metadata: { to: 'metadata', read: orDefault({}, metadata) },
  blocked: { to: 'blocked', read: orDefault(false, flag) },
};

/** Fields of answers that a program may send back, and LiteLLM's fields that have another name here. */
const advice: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      ...['key_name', 'token', 'token_id', 'key_id', 'expires', 'spend', 'held', 'holds', 'status'],
      ...['budget_reset_at', 'created_at', 'updated_at', 'replaced_by'],
    ].map((name) => [name, 'the gateway sets it by itself']),
  ),
  expires_at: 'use "duration", such as 30d',
  team_id: 'use "tenant_id"',
  organization_id: 'use "tenant_id"',
  user_id: 'use "tenant_id", or "metadata"',
  tags: 'use "metadata"',
};

type Readers = Readonly<Record<string, FieldReader<unknown>>>;

/** A request, read. */
export interface ReadRequest<R extends Readers> {
  readonly patch: KeyPatch;
  /** The operation's own fields. */
  readonly own: { readonly [Name in keyof R]?: ReturnType<R[Name]> };
}

/**
 * Reads a request.
 *
 * @param own readers of the operation's own fields, by name.
 * @param patched whether fields of the key may come as well.
 * @throws GatewayError 400 `invalid_request` that names everything that is wrong.
 */
export function readRequest<R extends Readers>(body: JsonObject, own: R, patched: boolean): ReadRequest<R> {
  const known = [...Object.keys(own), ...(patched ? Object.keys(fields) : [])];
  const patch: Record<string, unknown> = {};
  const owned: Record<string, unknown> = {};
  const problems: { readonly param: string; readonly message: string }[] = [];
  for (const [name, value] of Object.entries(body)) {
    if (value === undefined) continue;
    try {
      if (Object.hasOwn(own, name)) owned[name] = own[name]!(value);
      else if (patched && Object.hasOwn(fields, name)) patch[fields[name]!.to] = fields[name]!.read(value);
      else problems.push({ param: name, message: unknownField(name, known) });
    } catch (error) {
      if (!(error instanceof FieldProblem)) throw error;
      problems.push({ param: name, message: `${name}: ${error.message}` });
    }
  }
  const { maxBudgetNanoUsd: max, softBudgetNanoUsd: soft } = patch as KeyPatch;
  if (soft != null && max != null && soft > max) {
    problems.push({ param: 'soft_budget', message: softAboveMax });
  }
  if (problems.length > 0) refuse(problems);
  return { patch, own: owned as ReadRequest<R>['own'] };
}

const softAboveMax = 'soft_budget: expected at most max_budget, where it warns before that stops; came more';

function unknownField(name: string, known: readonly string[]): string {
  const short = name.length > 60 ? `${name.slice(0, 57)}...` : name;
  if (Object.hasOwn(advice, name)) return `${short}: expected no such field; ${advice[name]}`;
  const near = didYouMean(name, known);
  return `${short}: unknown field.${near === '' ? ` Known are ${known.join(', ')}` : near}`;
}

/** Refuses a request with all of its problems in one answer. */
export function refuse(problems: readonly { readonly param: string; readonly message: string }[]): never {
  const first = problems[0]!;
  const shown = problems.slice(0, 20).map(({ message }) => message);
  const text =
    problems.length === 1
      ? first.message
      : `${problems.length} problems. ${shown.map((message, index) => `(${index + 1}) ${message}`).join(' ')}`;
  throw new GatewayError('invalid_request', text, { param: first.param });
}

/**
 * The key with what a request says of it. A new budget duration begins a window now; the same one again changes
 * nothing, and a budget for ever counts from the key's beginning.
 *
 * @throws GatewayError 400 where the fields of request and key do not go together.
 */
export function patched<R extends KeyRecord>(record: R, patch: KeyPatch, nowMs: number): R {
  const { duration: lifetime, ...fields } = patch;
  const next: R = { ...record, ...fields };
  const { maxBudgetNanoUsd: max, softBudgetNanoUsd: soft } = next;
  if (soft !== null && max !== null && soft > max) refuse([{ param: 'soft_budget', message: softAboveMax }]);
  return {
    ...next,
    ...(lifetime === undefined
      ? {}
      : { expiresAtMs: lifetime === null ? null : after(parseTimeSpan(lifetime)!, nowMs) }),
    ...(next.budgetDuration === record.budgetDuration
      ? {}
      : { budgetStartMs: next.budgetDuration === null ? record.createdAtMs : nowMs }),
  };
}
