import type { PluginMetric, PluginMetrics } from '../../sdk/index.ts';
import type { ErrorBook } from './error-book.ts';
import type { Shadow } from './shadow.ts';
import type { Tally } from './tally.ts';

const group = ['tenant', 'alias'];
/** Bounds take a few microseconds each. */
const maxGroups = 500;

/** What `/metrics` tells of the cache: how requests fared, and how many of its answers were wrong. */
export function cacheMetrics(book: ErrorBook, counts: Tally, shadow: Shadow): PluginMetrics {
  return {
    read() {
      const groups = book.list(maxGroups);
      const gauge = (
        name: string,
        help: string,
        of: (one: (typeof groups)[number]) => number,
      ): PluginMetric => ({
        name,
        help,
        type: 'gauge',
        labelNames: group,
        values: groups.map((one) => ({
          labels: { tenant: one.tenant, alias: one.alias },
          value: of(one),
        })),
      });
      return [
        {
          name: 'cache_events_total',
          help: 'What the semantic cache did and why, by the names of GET /cache/stats.',
          type: 'counter',
          labelNames: ['event'],
          values: Object.entries(counts.toJson()).map(([event, value]) => ({ labels: { event }, value })),
        },
        {
          name: 'cache_checks_under_way',
          help: 'Answers of the semantic cache that are being checked.',
          type: 'gauge',
          labelNames: [],
          values: [{ labels: {}, value: shadow.running }],
        },
        gauge(
          'cache_wrong_hit_upper_bound',
          'One-sided 95 % bound on the share of wrong semantic hits, at the present floor.',
          (one) => one.wrongHitUpperBound,
        ),
        gauge(
          'cache_floor_level',
          '0 the first floor, 1 to 3 raised, 4 nothing is served.',
          (one) => one.level,
        ),
        gauge('cache_checked_answers', 'Answers checked, ever, by all gateways.', (one) => one.checkedEver),
        gauge(
          'cache_wrong_answers',
          'Checked answers that were wrong, ever, by all gateways.',
          (one) => one.wrongEver,
        ),
      ];
    },
  };
}
