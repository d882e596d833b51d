import type { JsonObject } from '../../../sdk/json.ts';
import type { Clock, Log } from '../../../sdk/services.ts';
import type { Transport } from '../../../sdk/transport.ts';
import { Webhook } from '../../../sdk/webhook.ts';
import type { EvalSchedule } from '../../config/evals.ts';
import type { EvalRun } from '../eval-runs.ts';
import type { Ran } from './scheduled-run.ts';

/** Cases that an event names; all of them are in the run. */
const maxNamed = 20;

interface EventServices {
  readonly clock: Clock;
  readonly log: Log;
  readonly http: Transport;
  /** A schedule with its secrets as they are now. */
  newest(schedule: EvalSchedule): EvalSchedule;
}

/**
 * Tells of suites: every run in the log, and in the schedule's webhook what its owner should know, once for each change:
 * a suite got worse, others of its cases got worse, it is well again.
 */
export class EvalEvents {
  readonly #services: EventServices;
  /** By URL, those before a change too, as they may have something under way: there are as many as the owner wrote. */
  readonly #webhooks = new Map<string, Webhook>();
  #closed = false;

  constructor(services: EventServices) {
    this.#services = services;
  }

  /** @param before the run with answers before this one; null for the first. */
  tell(schedule: EvalSchedule, { run, comparison, changes }: Ran, before: EvalRun | null): void {
    const { suite, outcome, result, regressed } = run;
    const data = {
      suite,
      outcome,
      pass_ratio: result.passRate,
      ...(comparison === null ? undefined : { pass_ratio_before: comparison.passRateBefore }),
      cost_usd: result.costUsd + result.judgeCostUsd,
      policy_versions: result.policyVersions,
    };
    const event = eventOf(run, before);
    if (event === null) {
      const level = outcome === 'incomplete' ? 'warn' : 'info';
      return this.#services.log[level]({ event: 'eval_run', ...data }, 'a suite has run');
    }
    const worse = changes.slice(0, maxNamed).map(({ model, name, before: was, now }) => ({
      model,
      case: name,
      pass_ratio_before: was,
      pass_ratio: now,
    }));
    const body = { event, ...data, regressed_cases: regressed.length, regressed: worse };
    if (event === 'eval_recovered') this.#services.log.info(body, 'a suite is well again');
    else this.#services.log.warn(body, 'a suite got worse');
    this.#send(schedule, { text: slackText(textOf(event, run)), ...body });
  }

  /** Gives calls under way a little time. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#webhooks.values()].map((webhook) => webhook.close()));
  }

  #send(schedule: EvalSchedule, body: JsonObject): void {
    const { webhook: url } = this.#services.newest(schedule);
    if (url === null) return;
    const address = url.reveal();
    let webhook = this.#webhooks.get(address);
    if (webhook === undefined) {
      webhook = new Webhook(url, this.#services, { option: 'evals.webhook', what: 'what came of a suite' });
      this.#webhooks.set(address, webhook);
    }
    webhook.send(body, (told) => {
      // It may have been changed while its last try was under way.
      const { webhook: now } = this.#services.newest(schedule);
      if (!told && !this.#closed && now !== null && now.reveal() !== address) this.#send(schedule, body);
    });
  }
}

type EventName = 'eval_regression' | 'eval_failed' | 'eval_recovered';

/** Null for what changes nothing: a good run after a good one, the same cases bad as before, a run without answers. */
function eventOf(run: EvalRun, before: EvalRun | null): EventName | null {
  const isBad = ({ outcome }: EvalRun) => outcome === 'regressed' || outcome === 'failed';
  if (run.outcome === 'passed')
    return before !== null && before.digest === run.digest && isBad(before) ? 'eval_recovered' : null;
  if (!isBad(run)) return null;
  const same =
    before?.outcome === run.outcome &&
    before.digest === run.digest &&
    before.regressed.toSorted().join('\n') === run.regressed.toSorted().join('\n');
  if (same) return null;
  return run.outcome === 'regressed' ? 'eval_regression' : 'eval_failed';
}

function textOf(event: EventName, { suite, regressed, result }: EvalRun): string {
  const passed = `${Math.round(result.passRate * 1000) / 10} % of its cases pass`;
  if (event === 'eval_recovered') return `The suite ${suite} is well again: ${passed}.`;
  if (event === 'eval_failed') return `The suite ${suite} fails: ${passed}.`;
  const named = regressed.slice(0, 5).join('; ');
  const more = regressed.length > 5 ? `; and ${regressed.length - 5} more` : '';
  return `The suite ${suite} got worse: ${passed}. Worse than in the last good run: ${named}${more}.`;
}

/** Names are free text: in Slack's markup they could ring everybody's bell. */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
