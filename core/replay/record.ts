import type { Answer } from '../../sdk/chunk.ts';
import type { Identity } from '../../sdk/identity.ts';
import type { JsonObject } from '../../sdk/json.ts';
import type { Api } from '../../sdk/view.ts';
import type { UpstreamReply } from '../policy-test/case.ts';

/** A request as the gateway has it when its body is parsed. */
export interface RequestFacts {
  readonly requestId: string;
  readonly nowMs: number;
  readonly api: Api;
  readonly body: JsonObject;
  readonly identity: Identity;
  readonly headers: Readonly<Record<string, string>>;
  /** Null where it is not to be kept. */
  readonly ip: string | null;
  /** As the provider gave it; null where there is none. */
  readonly answer?: Answer | null;
}

/** What carries a credential never is in a record, whoever may read it. */
const credentials = /auth|key|token|secret|cookie|signature|credential/i;

/**
 * The line of a file of records that `sluice replay` reads: the `given` of a policy test. It holds the whole prompt, so it
 * is written only where `telemetry.capture` allows; where that says `masked` the caller masks the body first.
 */
export function recordLine({
  requestId,
  nowMs,
  api,
  body,
  identity,
  headers,
  ip,
  answer = null,
}: RequestFacts): string {
  const reply = answer === null ? null : replyOf(answer);
  const { tenant, key, user, feature } = identity;
  const kept = Object.entries(headers).filter(([name]) => !credentials.test(name));
  const given = {
    seed: requestId,
    now: new Date(nowMs).toISOString(),
    tenant: { id: tenant.id, plan: tenant.plan, region: tenant.region, labels: tenant.labels },
    key: { id: key.id, name: key.name, scopes: key.scopes },
    ...(user === null ? {} : { user }),
    ...(feature === null ? {} : { feature }),
    ...(ip === null ? {} : { ip }),
    request: { api, body, headers: Object.fromEntries(kept) },
    ...(reply === null ? {} : { upstream: [reply] }),
  };
  return `${JSON.stringify(given)}\n`;
}

/** The answer as the script of a policy test has it; null for one of which nothing can be said there. */
function replyOf({ choices, usage }: Answer): UpstreamReply | null {
  const [choice] = choices;
  if (choice === undefined) return null;
  const [call] = choice.toolCalls;
  if (call === undefined && choice.text === '') return null;
  const finish = choice.finish === null || choice.finish === 'error' ? {} : { finish: choice.finish };
  const tokensOut = usage === null ? {} : { tokensOut: usage.outputTokens };
  if (call !== undefined)
    return { tool: { name: call.name, arguments: call.arguments }, ...finish, ...tokensOut };
  return { text: choice.text, ...finish, ...tokensOut };
}
