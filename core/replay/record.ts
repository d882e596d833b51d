import type { Identity } from '../../sdk/identity.ts';
import type { JsonObject } from '../../sdk/json.ts';
import type { Api } from '../../sdk/view.ts';

/** A request as the gateway has it when its body is parsed. */
export interface RequestFacts {
  readonly requestId: string;
  readonly nowMs: number;
  readonly api: Api;
  readonly body: JsonObject;
  readonly identity: Identity;
  readonly headers: Readonly<Record<string, string>>;
  readonly ip: string;
}

/** What carries a credential never is in a record, whoever may read it. */
const credentials = /auth|key|token|secret|cookie|signature|credential/i;

/**
 * The line of a file of records that `sluice replay` reads: the `given` of a policy test. It holds the whole prompt, so it
 * is written only where `telemetry.capture` allows; where that says `masked` the caller masks the body first.
 */
export function recordLine({ requestId, nowMs, api, body, identity, headers, ip }: RequestFacts): string {
  const { tenant, key, user, feature } = identity;
  const kept = Object.entries(headers).filter(([name]) => !credentials.test(name));
  const given = {
    seed: requestId,
    now: new Date(nowMs).toISOString(),
    tenant: { id: tenant.id, plan: tenant.plan, region: tenant.region, labels: tenant.labels },
    key: { id: key.id, name: key.name, scopes: key.scopes },
    ...(user === null ? {} : { user }),
    ...(feature === null ? {} : { feature }),
    ip,
    request: { api, body, headers: Object.fromEntries(kept) },
  };
  return `${JSON.stringify(given)}\n`;
}
