import { answerUsd, definePlugin } from '../../sdk/index.ts';
import { unpriced } from './cost.ts';
import { type PriceOptions, priceOverrides, pricesSchema } from './price-options.ts';
import { keepRetention } from './retention.ts';
import { ledgerRows } from './row.ts';
import { RowWriter } from './writer.ts';

/** Options of the file that configures the plugin. The schema below has the defaults. */
export interface LedgerOptions {
  /** Milliseconds, once the schema has read it. */
  readonly retention: number;
  readonly prices: Readonly<Record<string, PriceOptions>>;
  readonly record_prompts: 'none';
}

/** Models without a price that are told of, each once: clients choose model names, so the list is bounded. */
const maxToldModels = 1000;

/**
 * Writes the cost ledger: one row for each request, whatever its end, and one for each attempt before the last that
 * cost something. The pipeline waits for `settled` before the client sees the end, so a row is durable by then.
 *
 * @example
 * # policies/00-ledger.yaml
 * plugin: ledger
 * retention: 400d
 * prices: { local/llama: { input: $0.10, output: $0.20 } }
 */
export const ledger = definePlugin({
  name: 'ledger',
  summary: 'Writes one row per request into the cost ledger.',
  schema: {
    type: 'object',
    properties: {
      retention: {
        type: 'string',
        convert: 'ms',
        // A year and a month: last year's month can still be compared with this year's.
        default: '400d',
        description: 'How long single rows are kept, in whole days; their daily sums stay.',
      },
      prices: pricesSchema,
      record_prompts: {
        enum: ['none'],
        default: 'none',
        description: 'Prompts and answers are never part of the ledger.',
      },
    },
  },
  needs: ['clock', 'ledger', 'log', 'models', 'prices'],
  facts: ['cost'],
  accounts: true,
  // What cannot be booked must not be spent.
  onFailure: 'closed',

  setup({ retention, prices: own }: LedgerOptions, { clock, log, models, ledger: store, prices: shipped }) {
    const overrides = priceOverrides(own);
    const prices = Object.keys(overrides).length === 0 ? shipped : shipped.with(overrides);
    const writer = new RowWriter(store, clock, log);
    const endRetention = keepRetention(store, retention, clock, log);
    const told = new Set<string>();
    const tellUnpriced = (model: string) => {
      if (told.has(model) || told.size >= maxToldModels) return;
      told.add(model);
      log.warn(
        { model },
        'a model has no price: its rows cost nothing; name one in prices of the ledger plugin',
      );
    };
    return {
      // What is held before a call is computed from the same prices as what is booked after it.
      provides: { prices },
      facts: { costUsd: (ctx, answer) => answerUsd(ctx, answer, prices) },
      onRequest() {
        // Throws while the ledger cannot be written: `on_failure` says whether requests go on without it.
        writer.check();
        return undefined;
      },
      settled(ctx) {
        const rows = ledgerRows(ctx, { models, prices, nowMs: clock.now() });
        for (const { cost_usd: cost, model_resolved, model_alias } of rows) {
          if (cost.priceTableVersion === unpriced) tellUnpriced(model_resolved ?? model_alias);
        }
        return writer.append(rows);
      },
      async close() {
        endRetention();
        await writer.close();
      },
    };
  },
});
