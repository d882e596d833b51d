import { type Call, costOf, rates } from './_script.ts';

/** How an export is made of calls. */
export interface ExportOptions {
  /** How far its days are ahead of UTC. */
  readonly offsetHours?: number;
  /** What the provider charges, as a factor. */
  readonly factor?: number;
  /** A day without usage. */
  readonly quietDay?: string;
}

type Group = { day: string; model: string; key: string; calls: Call[] };

function groups(calls: readonly Call[], { offsetHours = 0 }: ExportOptions): Group[] {
  const found = new Map<string, Group>();
  for (const call of calls) {
    const day = new Date(Date.parse(call.at) + offsetHours * 3_600_000).toISOString().slice(0, 10);
    const model = call.model.split('/')[1]!;
    const name = `${day} ${model} ${call.key}`;
    const group = found.get(name) ?? { day, model, key: call.key, calls: [] };
    group.calls.push(call);
    found.set(name, group);
  }
  return [...found.values()].sort((a, b) =>
    `${a.day}${a.model}${a.key}` < `${b.day}${b.model}${b.key}` ? -1 : 1,
  );
}

function sum(calls: readonly Call[], value: (call: Call) => number): number {
  return calls.reduce((total, call) => total + value(call), 0);
}

const seconds = (day: string) => Date.parse(`${day}T00:00:00Z`) / 1000;
const bucket = (day: string) =>
  [seconds(day), seconds(day) + 86_400, `${day}T00:00:00+00:00`, `${day}T23:59:59+00:00`].join(',');

/** OpenAI's Activity export. */
export function openAiUsage(calls: readonly Call[], options: ExportOptions = {}): string {
  const head =
    'start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,service_tier,input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens';
  const lines = groups(calls, options).map(({ day, model, key, calls: own }) =>
    [
      bucket(day),
      'proj_1',
      `${own.length}.0`,
      'user-1',
      key,
      model,
      'FALSE',
      'default',
      `${sum(own, (call) => call.input + call.cacheRead)}.0`,
      `${sum(own, (call) => call.output)}.0`,
      `${sum(own, (call) => call.cacheRead)}.0`,
      `${sum(own, (call) => call.input)}.0`,
    ].join(','),
  );
  // A day without usage is a line of dates, then nothing.
  const quiet = options.quietDay === undefined ? [] : [`${bucket(options.quietDay)}${','.repeat(11)}`];
  return `${[head, ...quiet, ...lines].join('\n')}\n`;
}

function openAiItem(model: string, name: string): string {
  return `"${model}, ${name}"`;
}

/** OpenAI's cost export by line item. */
export function openAiCosts(calls: readonly Call[], options: ExportOptions = {}): string {
  const { factor = 1 } = options;
  const head =
    'start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,quantity_unit,line_item,user_id,api_key_id,project_id,organization_id,project_name,organization_name,user_email,api_source';
  const lines = groups(calls, options).flatMap(({ day, model, key, calls: own }) => {
    const rate = rates[own[0]!.model]!;
    return [
      ['input', sum(own, ({ input }) => input), rate.input],
      ['cached input', sum(own, ({ cacheRead }) => cacheRead), rate.cacheRead],
      ['output', sum(own, ({ output }) => output), rate.output],
    ]
      .filter(([, tokens]) => Number(tokens) > 0)
      .map(([name, tokens, price]) =>
        [
          bucket(day),
          ((Number(tokens) * Number(price) * factor) / 1e9).toFixed(30).slice(0, 32),
          'usd',
          tokens,
          'tokens',
          openAiItem(model, String(name)),
          '',
          key,
          'proj_1,org-1,Project,Company,,',
        ].join(','),
      );
  });
  return `${[head, ...lines].join('\n')}\n`;
}

/** Anthropic's usage export. */
export function anthropicUsage(calls: readonly Call[], options: ExportOptions = {}): string {
  const head =
    'usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count,inference_geo,speed';
  const lines = groups(calls, options).map(({ day, model, key, calls: own }) =>
    [
      day,
      model,
      key,
      '"Team, one"',
      'standard',
      '≤ 200k',
      sum(own, (call) => call.input),
      sum(own, (call) => call.cacheWrite),
      0,
      sum(own, (call) => call.cacheRead),
      sum(own, (call) => call.output),
      0,
      'global',
      '',
    ].join(','),
  );
  return `\ufeff${[head, ...lines].join('\r\n')}\r\n`;
}

const displayNames: Readonly<Record<string, string>> = {
  'claude-haiku-4-5-20251001': 'Claude Haiku 4.5',
  'claude-sonnet-4-5': 'Claude Sonnet 4.5',
};

/** Anthropic's cost export: cents. */
export function anthropicCosts(calls: readonly Call[], options: ExportOptions = {}): string {
  const { factor = 1 } = options;
  const head =
    'usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type,inference_geo,speed';
  const lines = groups(calls, options).flatMap(({ day, model, key, calls: own }) => {
    const rate = rates[own[0]!.model]!;
    return [
      ['input_no_cache', sum(own, ({ input }) => input) * rate.input],
      ['input_cache_read', sum(own, ({ cacheRead }) => cacheRead) * rate.cacheRead],
      ['input_cache_write_5m', sum(own, ({ cacheWrite }) => cacheWrite) * rate.cacheWrite],
      ['output', sum(own, (call) => costOf(call).output)],
    ]
      .filter(([, nanoUsd]) => Number(nanoUsd) > 0)
      .map(([name, nanoUsd]) => {
        const cost = ((Number(nanoUsd) * factor) / 1e9).toFixed(2);
        return [
          day,
          displayNames[model],
          'Default',
          key,
          'message',
          '≤ 200k',
          name,
          cost,
          cost,
          'token',
          'global',
          '',
        ].join(',');
      });
  });
  return `${[head, ...lines].join('\n')}\n`;
}

export const exportsOf = {
  openai: { 'openai-usage': openAiUsage, 'openai-costs': openAiCosts },
  claude: { 'anthropic-usage': anthropicUsage, 'anthropic-costs': anthropicCosts },
} as const;
