import type { CostGroup, CostReport, CostSums } from '../../playground/src/api/types.ts';
import { longName, seeded } from './mock-data.ts';

const values: Readonly<Record<string, readonly string[]>> = {
  tenant: ['acme', longName, 'globex', 'initech', 'umbrella'],
  feature: ['chat', 'summarise', 'search', ''],
  model: [
    'claude/claude-sonnet-4-6',
    'openai/gpt-4o-mini',
    'azure/gpt-4o-mini',
    'gpu-cluster/qwen3-32b-instruct-awq',
  ],
  alias: ['smart', 'cheap', 'support-fast', 'local'],
  key: ['key_1', 'key_2', 'key_3', 'key_4'],
  provider: ['claude', 'openai', 'azure', 'gpu-cluster'],
};

const nothing = (): { -readonly [Name in keyof CostSums]: number } => ({
  requests: 0,
  errors: 0,
  input_tokens: 0,
  output_tokens: 0,
  cache_read_tokens: 0,
  cost_nano_usd: 0,
  saved_nano_usd: 0,
});

/** A report whose groups add up to its total, whatever it is grouped by. */
export function costReport(
  by: readonly string[],
  since: string | null,
  until: string | null,
  nowMs: number,
): CostReport {
  const random = seeded(7);
  const total = nothing();
  const groups = new Map<string, CostGroup>();
  const days = daysOf(since, until, nowMs);
  for (const day of days) {
    for (let row = 0; row < 24; row += 1) {
      const facts: Record<string, string> = { day };
      for (const [name, list] of Object.entries(values))
        facts[name] = list[Math.floor(random() ** 2 * list.length)]!;
      const requests = 20 + Math.floor(random() * 400);
      const sums: CostSums = {
        requests,
        errors: Math.floor(requests * 0.01),
        input_tokens: requests * 1321,
        output_tokens: requests * 217,
        cache_read_tokens: requests * 200,
        cost_nano_usd: Math.round(requests * 1_734_019 * (0.2 + random())),
        saved_nano_usd: requests * 120_003,
      };
      const name = JSON.stringify(by.map((dimension) => facts[dimension] ?? ''));
      const group = groups.get(name) ?? {
        ...Object.fromEntries(by.map((one) => [one, facts[one] ?? ''])),
        ...nothing(),
      };
      const next: Record<string, string | number> = { ...group };
      for (const field of Object.keys(total) as (keyof CostSums)[]) {
        total[field] += sums[field];
        next[field] = Number(next[field]) + sums[field];
      }
      groups.set(name, next as CostGroup);
    }
  }
  const sorted = [...groups.values()].sort((a, b) => b.cost_nano_usd - a.cost_nano_usd);
  return { by, since, until, total, more: false, groups: sorted };
}

function daysOf(since: string | null, until: string | null, nowMs: number): string[] {
  const end = until === null ? nowMs : Date.parse(until) - 1;
  const start = since === null ? end - 30 * 86_400_000 : Date.parse(since);
  const days: string[] = [];
  for (let at = start; at <= end && days.length < 400; at += 86_400_000)
    days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}
