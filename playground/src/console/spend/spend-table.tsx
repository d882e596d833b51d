import type { CostGroup } from '../../api/types.ts';
import { hrefOf, query } from '../../app/router.ts';
import { count, percent } from '../../data/format.ts';
import { Bar } from '../../ui/bar.tsx';
import { Money } from '../../ui/money.tsx';
import { type Chosen, chosenText, type Dimension, dimensions, sumOf } from './drill.ts';
import { nameOf } from './names.ts';
import { useKeyNames } from './use-key-names.ts';
import '../../ui/table.css';

interface SpendTableProps {
  readonly by: Dimension;
  readonly label: string;
  readonly chosen: Chosen;
  readonly groups: readonly CostGroup[];
}

/** The dearest first; each name leads one level down. */
export function SpendTable({ by, label, chosen, groups }: SpendTableProps) {
  const keyNames = useKeyNames(by === 'key');
  if (groups.length === 0) return <p class="muted">Nothing was spent in these days.</p>;
  const total = sumOf(groups);
  const most = Math.max(1, ...groups.map(({ cost_nano_usd: cost }) => cost));
  const deeper = Object.keys(chosen).length + 1 < dimensions.length;
  const kept = Object.fromEntries(query.value);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard.
    <section class="table-scroll" tabIndex={0} aria-label={`Spend by ${by}, table`}>
      <table class="table spend-table">
        <thead>
          <tr>
            <th scope="col">{label}</th>
            <th scope="col" class="spend-bar">
              <span class="visually-hidden">Share as a bar</span>
            </th>
            <th scope="col" class="right">
              Spend
            </th>
            <th scope="col" class="right">
              Share
            </th>
            <th scope="col" class="right">
              Requests
            </th>
            <th scope="col" class="right">
              Failed
            </th>
            <th scope="col" class="right">
              Tokens in
            </th>
            <th scope="col" class="right">
              Tokens out
            </th>
            <th scope="col" class="right">
              Saved
            </th>
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => {
            const value = String(group[by] ?? '');
            const name = (by === 'key' ? keyNames.get(value) : undefined) ?? nameOf(by, value);
            return (
              <tr key={value}>
                <th scope="row" class="table-name">
                  <div class="ellipsis" title={name}>
                    {deeper ? (
                      <a href={hrefOf('spend', { ...kept, by: null, [by]: chosenText(value) })}>{name}</a>
                    ) : (
                      name
                    )}
                  </div>
                </th>
                <td class="spend-bar">
                  <Bar share={group.cost_nano_usd / most} />
                </td>
                <td class="right">
                  <Money nano={group.cost_nano_usd} decimals={2} />
                </td>
                <td class="right number">
                  {total.cost_nano_usd === 0 ? '–' : percent(group.cost_nano_usd / total.cost_nano_usd)}
                </td>
                <td class="right number">{count(group.requests)}</td>
                <td class="right number">{count(group.errors)}</td>
                <td class="right number">{count(group.input_tokens)}</td>
                <td class="right number">{count(group.output_tokens)}</td>
                <td class="right">
                  <Money nano={group.saved_nano_usd} decimals={2} />
                </td>
              </tr>
            );
          })}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Together</th>
            <td class="spend-bar" />
            <td class="right">
              <Money nano={total.cost_nano_usd} decimals={2} />
            </td>
            <td class="right number">{total.cost_nano_usd === 0 ? '–' : '100 %'}</td>
            <td class="right number">{count(total.requests)}</td>
            <td class="right number">{count(total.errors)}</td>
            <td class="right number">{count(total.input_tokens)}</td>
            <td class="right number">{count(total.output_tokens)}</td>
            <td class="right">
              <Money nano={total.saved_nano_usd} decimals={2} />
            </td>
          </tr>
        </tfoot>
      </table>
    </section>
  );
}
