import type { JsonObject } from '../../sdk/index.ts';
import type { Condition } from './conditions.ts';
import type { EventName } from './options.ts';

interface About {
  readonly title: string;
  readonly severity: 'warning' | 'critical';
  /** File in `docs/runbooks/`. */
  readonly runbook: string;
}

/** The same titles, severities and runbooks as `deploy/prometheus/alerts.yaml`. */
export const about: Readonly<Record<EventName, About>> = {
  spend: { title: 'Spend above usual', severity: 'warning', runbook: 'budget-dispute.md' },
  latency: { title: 'Slow', severity: 'critical', runbook: 'slow-answers.md' },
  rate_limited: { title: 'Rate limited', severity: 'warning', runbook: 'rate-limit-storm.md' },
  cache_hits: {
    title: 'Cache rarely hits',
    severity: 'warning',
    runbook: 'cache-thrash-or-wrong-answers.md',
  },
  fallbacks: { title: 'Fallbacks', severity: 'critical', runbook: 'fallback-cascade.md' },
  provider_errors: { title: 'Provider errors', severity: 'critical', runbook: 'fallback-cascade.md' },
  budget: { title: 'Budget nearly spent', severity: 'warning', runbook: 'budget-dispute.md' },
};

/** `text` is what Slack and what understands its webhooks show; the rest is for programs. */
export function messageOf(
  { event, subject, value, text }: Condition,
  status: 'firing' | 'resolved',
  runbooks: string,
): JsonObject {
  const { title, severity, runbook } = about[event];
  const place = `${runbooks.replace(/\/*$/, '/')}${runbook}`;
  const link = /^https?:\/\/[^\s|<>]+$/.test(place) ? `<${place}|${runbook}>` : slackText(place);
  const what =
    status === 'firing' ? `${slackText(text)}. What to do: ${link}` : `it is over (${slackText(text)})`;
  const head = status === 'firing' ? `${severity === 'critical' ? 'Critical' : 'Warning'}` : 'Resolved';
  return {
    text: `${head}: ${title}${subject === '' ? '' : ` (${slackText(subject)})`}: ${what}`,
    event: 'alert',
    status,
    alert: event,
    severity,
    subject,
    value: Number(value.toFixed(6)),
    runbook: place,
  };
}

/** Names come from clients: in Slack's markup they could ring everybody's bell. */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
