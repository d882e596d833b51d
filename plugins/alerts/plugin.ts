import { definePlugin } from '../../sdk/index.ts';
import { type AlertsOptions, schema } from './options.ts';
import { Watcher } from './watcher.ts';

/**
 * Tells a Slack-compatible webhook of the seven events that the alert rules for Prometheus know, without Prometheus: spending,
 * latency, 429s, cache hits, fallbacks, errors of providers, budgets.
 *
 * @example
 * # policies/90-alerts.yaml
 * plugin: alerts
 * webhook: ${file:/run/secrets/slack-webhook}
 */
export const alerts = definePlugin({
  name: 'alerts',
  summary: 'Tells a webhook of spending, latency, 429s, cache, fallbacks, errors and budgets.',
  schema,
  secrets: ['webhook'],
  needs: ['clock', 'counters', 'http', 'ids', 'ledger', 'log'],
  // Questions of plugins are calls of providers too.
  accounts: true,
  // Who only looks must not stand in the way.
  onFailure: 'open',

  setup(options: AlertsOptions, services, { file }) {
    const watcher = new Watcher(options, services, file);
    return {
      settled({ trace }) {
        watcher.add(trace);
      },
      close: () => watcher.close(),
    };
  },
});
