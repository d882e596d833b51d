import type { CostSums } from '../../api/types.ts';
import { count, percent } from '../../data/format.ts';
import { Money } from '../../ui/money.tsx';

/** The sum in one line. */
export function SpendTotals({ total }: { readonly total: CostSums }) {
  return (
    <dl class="card totals">
      <div class="totals-main">
        <dt>Spend</dt>
        <dd>
          <Money nano={total.cost_nano_usd} />
        </dd>
      </div>
      <div>
        <dt>Saved by the cache</dt>
        <dd>
          <Money nano={total.saved_nano_usd} />
        </dd>
      </div>
      <div>
        <dt>Requests</dt>
        <dd class="number">{count(total.requests)}</dd>
      </div>
      <div>
        <dt>Failed</dt>
        <dd class="number">{total.requests === 0 ? '–' : percent(total.errors / total.requests)}</dd>
      </div>
      <div>
        <dt>Tokens in</dt>
        <dd class="number">{count(total.input_tokens)}</dd>
      </div>
      <div>
        <dt>Tokens out</dt>
        <dd class="number">{count(total.output_tokens)}</dd>
      </div>
    </dl>
  );
}
