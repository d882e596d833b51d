import { allows } from '../../sdk/allow-list.ts';
import { SteadyTime } from '../../sdk/budget/steady-time.ts';
import { parseTimeSpan } from '../../sdk/budget/time-span.ts';
import {
  type Caller,
  type ContinueRequest,
  type Deny,
  definePlugin,
  type Identity,
  type RequestContext,
  type Tenant,
} from '../../sdk/index.ts';
import { keyLimits, tenantLimits } from './limits.ts';
import { type KeysOptions, keysSchema, type TenantOptions } from './options.ts';

type Passed = Exclude<Caller, { readonly type: 'refused' }>;

/**
 * Decides who may pass: looks at the virtual key that came, says whose request it is, and which models it may ask for.
 * What a key or tenant may use is handed on with the identity; `token-limiter` holds them to it.
 *
 * @example
 * # policies/10-keys.yaml
 * plugin: keys
 * tenants:
 *   acme: { plan: enterprise, region: eu, allowed_models: [support-*], rpm: 300, max_budget: $100, budget_duration: 1mo }
 */
export const keys = definePlugin({
  name: 'keys',
  summary: 'Lets in whoever has a virtual key, as its tenant, for its models.',
  schema: keysSchema,
  needs: ['clock'],
  onFailure: 'closed',
  authenticates: true,

  setup(options: KeysOptions, { clock }) {
    checkDurations(options);
    const time = SteadyTime.of(clock);
    const tenants = new Map(Object.entries(options.tenants));
    return {
      onRequest(ctx): ContinueRequest | Deny {
        const { caller } = ctx;
        if (caller.type === 'refused') {
          // Clients send something by habit. A key that is known and does not work is refused all the same.
          const unknown = caller.code === 'invalid_api_key' || caller.code === 'store_unavailable';
          const optional = options.required === false || (options.required === 'auto' && caller.open);
          if (!unknown || !optional) return refused(caller);
        }
        if (caller.type === 'open' && options.required === true) {
          return denied('invalid_api_key', 401, 'No API key came with the request; this gateway wants one.');
        }
        const passed: Passed = caller.type === 'refused' ? { type: 'open' } : caller;
        const tenant = tenantOf(passed, ctx, tenants, options, time.now());
        if (tenant.type === 'deny') return tenant;
        const model = modelDenied(passed, ctx, tenants.get(tenant.tenant.id));
        return (
          model ?? { type: 'continue', changes: { identity: identityOf(passed, tenant.tenant, time.now()) } }
        );
      },
    };
  },
});

/** Whose request it is: the tenant that the key is bound to, or the one that a free key names. */
function tenantOf(
  caller: Passed,
  { identity, headers }: RequestContext,
  tenants: ReadonlyMap<string, TenantOptions>,
  options: KeysOptions,
  nowMs: number,
): Deny | { readonly type: 'tenant'; readonly tenant: Tenant } {
  const bound = caller.type === 'key' ? caller.record.tenantId : null;
  const named = headers['x-tenant-id'] === undefined ? null : identity.tenant.id;
  if (bound !== null && named !== null && named !== bound) {
    return denied(
      'tenant_not_allowed',
      403,
      `X-Tenant-Id names "${named}", but the key belongs to another tenant. Leave the header out, or use a key of that tenant.`,
    );
  }
  const id = bound ?? named;
  if (id === null) {
    if (!options.require_tenant) return { type: 'tenant', tenant: identity.tenant };
    return denied(
      'tenant_not_allowed',
      403,
      'The request is of no tenant. Use a key that is bound to one, or send X-Tenant-Id.',
    );
  }
  const known = tenants.get(id);
  // A tenant that only a header names must exist, or anybody could make up one without limits.
  if (known === undefined && bound === null && tenants.size > 0) {
    return denied(
      'tenant_not_allowed',
      403,
      `X-Tenant-Id names "${id}", which is no tenant of this gateway.`,
    );
  }
  const plan = (caller.type === 'key' ? caller.record.plan : null) ?? known?.plan ?? identity.tenant.plan;
  const region =
    (caller.type === 'key' ? caller.record.region : null) ?? known?.region ?? identity.tenant.region;
  const limits = known === undefined ? undefined : tenantLimits(known, nowMs);
  const labels = known?.labels ?? identity.tenant.labels;
  const models = known?.allowed_models ?? [];
  return {
    type: 'tenant',
    tenant: {
      id,
      plan,
      region,
      labels,
      ...(limits && { limits }),
      ...(models.length > 0 && { models }),
      ...(known?.cache === false && { cache: false }),
    },
  };
}

/** The refusal of a model that the key or the tenant may not ask for; undefined where both may. */
function modelDenied(
  caller: Passed,
  { view }: RequestContext,
  tenant: TenantOptions | undefined,
): Deny | undefined {
  const { model } = view;
  const ofKey = caller.type !== 'key' || allows(caller.record.models, model);
  if (ofKey && allows(tenant?.allowed_models ?? [], model)) return undefined;
  const who = ofKey ? 'tenant' : 'key';
  return denied(
    'model_not_allowed',
    403,
    `The ${who} may not use the model "${model}". Use one that it may, or ask the gateway's owner.`,
  );
}

function identityOf(caller: Passed, tenant: Tenant, nowMs: number): Partial<Identity> {
  if (caller.type !== 'key') {
    const name = caller.type === 'master' ? 'master' : '';
    return caller.type === 'master' ? { tenant, key: { id: 'master', name, scopes: [] } } : { tenant };
  }
  const { id, record } = caller;
  const limits = keyLimits(record, nowMs);
  const name = record.alias ?? record.name;
  return { tenant, key: { id, name, scopes: record.models, ...(limits && { limits }) } };
}

function refused({ code, message }: Extract<Caller, { readonly type: 'refused' }>): Deny {
  return denied(code, code === 'store_unavailable' ? 503 : 401, message);
}

function denied(code: string, status: number, message: string): Deny {
  return { type: 'deny', code, status, message };
}

/** @throws Error naming the tenant whose budget has a length that is none. */
function checkDurations({ tenants }: KeysOptions): void {
  for (const [name, { budget_duration: duration }] of Object.entries(tenants)) {
    if (duration === undefined || parseTimeSpan(duration) !== null) continue;
    throw new Error(
      `tenants.${name}.budget_duration: expected a time such as 24h, 30d or 1mo; came "${duration}"`,
    );
  }
}
