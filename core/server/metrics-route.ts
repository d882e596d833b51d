import { GatewayError } from '../../sdk/errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { sendError } from './app.ts';
import type { Route } from './routes.ts';

/** `GET /metrics`, for Prometheus. Names no prompt and no key; tenants and what they spent it does name. */
export function metricsRoute(metrics: Metrics, enabled: () => boolean): Route {
  return {
    method: 'GET',
    path: '/metrics',
    access: 'public',
    async handle(incoming) {
      if (!enabled()) {
        sendError(incoming, new GatewayError('not_found', 'Metrics are off: set telemetry.metrics: true.'));
        return;
      }
      const text = await metrics.text();
      if (incoming.sink.open) incoming.sink.send(200, { 'content-type': metrics.contentType }, text);
    },
  };
}
