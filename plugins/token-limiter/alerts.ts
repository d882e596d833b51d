import type { Reservation } from '../../sdk/counters.ts';
import type { JsonObject, MaybePromise, RequestContext, Secret } from '../../sdk/index.ts';
import { Webhook } from '../../sdk/webhook.ts';
import { amountText } from './amount-text.ts';
import { isPromise } from './desk.ts';
import { keyPart, scopeName } from './scope.ts';
import type { LimiterServices } from './services.ts';
import { type Warning, warningData } from './warnings.ts';

/** Longer than the webhook tries: what nobody could tell by then another gateway may. */
const claimTtlMs = 120_000;
/** Windows that were told of. Forgotten all at once when there are too many: the counters know them all the same. */
const maxTold = 10_000;
const words = { option: 'warn_webhook', what: 'a warning' } as const;

export interface AlertsOptions extends Pick<LimiterServices, 'clock' | 'counters' | 'http' | 'log'> {
  /** Where warnings are told; undefined for the log only. */
  readonly url: Secret | undefined;
}

/**
 * Tells of warnings once for each scope and window, however many gateways share the counters: a counter of its own, with room
 * for one, decides who does. Nothing of it is on the way of a request.
 */
export class Alerts {
  readonly #options: AlertsOptions;
  readonly #webhook: Webhook | null;
  /** What this process has done with, by the counter's key, and where it warned. */
  readonly #told = new Map<string, number>();
  #made = 0;

  /** @throws Error where the URL is none; the message does not hold it. */
  constructor(options: AlertsOptions) {
    this.#options = options;
    this.#webhook = options.url === undefined ? null : new Webhook(options.url, options, words);
  }

  raise(warnings: readonly Warning[], ctx: RequestContext): void {
    for (const warning of warnings) {
      const { key, warnFrom } = warning.meter;
      // A budget that was raised warns again.
      if (this.#told.get(key) === warnFrom) continue;
      if (this.#told.size >= maxTold) this.#told.clear();
      this.#told.set(key, warnFrom);
      this.#claim(warning, ctx);
    }
  }

  /** Lets calls under way end, for a short while; what waits is dropped and logged. */
  close(): Promise<void> | undefined {
    return this.#webhook?.close();
  }

  #claim(warning: Warning, ctx: RequestContext): void {
    const { key, warnFrom, resetsAtMs } = warning.meter;
    const { counters } = this.#options;
    this.#made += 1;
    const id = `${ctx.requestId}|warning|${this.#made}`;
    const claim: Reservation[] = [
      { kind: 'budget', key: `warned|${keyPart(`${key}|${warnFrom}`)}`, limit: 1, amount: 1, resetsAtMs },
    ];
    const settle = (told: boolean) => {
      try {
        const settling = counters.settle(id, claim, [told ? 1 : 0]);
        if (isPromise(settling)) settling.catch(() => undefined);
      } catch {
        // The claim runs out by itself.
      }
    };
    const conclude = (mine: boolean) => {
      if (!mine) return;
      const data = warningData(warning);
      this.#log(warning, data);
      if (this.#webhook === null) settle(true);
      else this.#webhook.send(bodyOf(warning, data, ctx), settle);
    };
    // Without its counter nobody knows who tells: the next request tries again.
    const giveUp = () => void this.#told.delete(key);
    try {
      const admission: MaybePromise<{ readonly admitted: boolean }> = counters.admit(id, claim, claimTtlMs);
      if (isPromise(admission)) admission.then(({ admitted }) => conclude(admitted)).catch(giveUp);
      else conclude(admission.admitted);
    } catch {
      giveUp();
    }
  }

  #log({ meter, spent }: Warning, data: JsonObject): void {
    const { quantity, limit, warnsOnly } = meter;
    const { scope, used: _used, limit: _limit, ...rest } = data;
    this.#options.log.warn(
      {
        event: 'budget_warning',
        ...rest,
        id: scope,
        used: amountText(quantity, spent),
        limit: warnsOnly ? null : amountText(quantity, limit),
      },
      'a budget is nearly used up',
    );
  }
}

/** `text` is what Slack and what understands its webhooks show; the rest is for programs. */
function bodyOf(
  { meter, spent, share }: Warning,
  data: JsonObject,
  { requestId, identity }: RequestContext,
): JsonObject {
  const { by, id, quantity, limit, warnFrom, warnsOnly, resetsAtMs, source } = meter;
  const name = scopeName(by, id, identity);
  const of = warnsOnly
    ? `soft budget of ${amountText(quantity, warnFrom)}`
    : `${amountText(quantity, limit)}${quantity === 'usd' ? '' : ` ${quantity.replace('_', ' ')}`}`;
  const used = `${amountText(quantity, spent)} (${Math.floor(share * 100)}%) of ${of}`;
  const rule = source === null ? '' : ` by the rule ${source.policy}/${source.rule}`;
  const resets = resetsAtMs === null ? '' : ` It resets at ${new Date(resetsAtMs).toISOString()}.`;
  const text = `Budget warning: ${name} has used ${used}${rule}.${resets}`;
  return { text: slackText(text), event: 'budget_warning', name, ...data, request_id: requestId };
}

/** Names come from clients: in Slack's markup they could ring everybody's bell. */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
