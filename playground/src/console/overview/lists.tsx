import type { Overview } from '../../api/types.ts';
import { hrefOf } from '../../app/router.ts';
import { count, moneyShort, percent, triedAgain } from '../../data/format.ts';
import { Bar } from '../../ui/bar.tsx';
import { Money } from '../../ui/money.tsx';
import { Badge, toneOfState } from '../../ui/status-mark.tsx';

/** What each tenant spent today, with a mark at its average day. */
export function SpendToday({ rows }: { readonly rows: Overview['spend_today'] }) {
  const most = Math.max(1, ...rows.flatMap((row) => [row.cost_nano_usd, row.average_7d_nano_usd ?? 0]));
  return (
    <section class="card" aria-labelledby="spend-today">
      <div class="list-head">
        <h2 id="spend-today">Spend today</h2>
        <p class="muted small">the mark is the tenant's average day of the last 7</p>
      </div>
      {rows.length === 0 ? <p class="muted">Nothing was spent today.</p> : null}
      <ul class="bar-list">
        {rows.map(({ tenant, cost_nano_usd: cost, average_7d_nano_usd: average }) => (
          <li key={tenant}>
            <a class="ellipsis" href={hrefOf('spend', { tenant, range: 'today' })} title={tenant}>
              {tenant || 'no tenant'}
            </a>
            <Money nano={cost} />
            <Bar
              share={cost / most}
              mark={average === null || average === 0 ? null : average / most}
              tone={isHigh(cost, average) ? 'warn' : 'plain'}
            />
            <span class="muted small">{againstAverage(cost, average)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Twice an average day deserves a look. */
function isHigh(cost: number, average: number | null): boolean {
  return average !== null && average > 0 && cost >= 2 * average;
}

function againstAverage(cost: number, average: number | null): string {
  if (average === null || average === 0) return 'no average yet';
  const ratio = cost / average;
  const times = `${ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0)} × its average of ${moneyShort(average)}`;
  return isHigh(cost, average) ? `High: ${times}` : times;
}

export function ErrorsByProvider({ rows }: { readonly rows: Overview['errors_by_provider'] }) {
  const ratio = (row: Overview['errors_by_provider'][number]) =>
    row.attempts === 0 ? 0 : row.errors / row.attempts;
  const most = Math.max(0.01, ...rows.map(ratio));
  return (
    <section class="card" aria-labelledby="provider-errors">
      <div class="list-head">
        <h2 id="provider-errors">Errors by provider</h2>
        <p class="muted small">share of attempts that failed</p>
      </div>
      {rows.length === 0 ? <p class="muted">No provider was asked.</p> : null}
      <ul class="bar-list">
        {rows.map((row) => (
          <li key={row.provider}>
            <a class="ellipsis" href={hrefOf('providers')} title={row.provider}>
              {row.provider}
            </a>
            <span class="number">{percent(ratio(row))}</span>
            <Bar share={ratio(row) / most} tone={ratio(row) >= 0.02 ? 'bad' : 'plain'} />
            <span class="muted small">
              {count(row.errors)} of {count(row.attempts)} attempts
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const order = ['bad', 'warn', 'plain', 'ok'];

export function Breakers({
  breakers,
  now,
}: {
  readonly breakers: Overview['breakers'];
  readonly now: string;
}) {
  const sorted = [...breakers].sort(
    (a, b) => order.indexOf(toneOfState(a.state)) - order.indexOf(toneOfState(b.state)),
  );
  const nowMs = Date.parse(now);
  return (
    <section class="card" aria-labelledby="breakers">
      <div class="list-head">
        <h2 id="breakers">Breakers</h2>
        <p class="muted small">an open one keeps requests away from a target that fails</p>
      </div>
      {sorted.length === 0 ? <p class="muted">No target was asked.</p> : null}
      <ul class="state-list">
        {sorted.map(({ id, state, retry_at: retryAt, not_closed: notClosed = 0, known_by: knownBy = 1 }) => (
          <li key={id}>
            <span class="ellipsis" title={id}>
              {id}
            </span>
            {typeof retryAt === 'string' ? (
              <span class="muted small">{triedAgain(retryAt, nowMs)}</span>
            ) : null}
            {knownBy > 1 && notClosed > 0 ? (
              <span class="muted small">
                in {notClosed} of {knownBy} workers
              </span>
            ) : null}
            <Badge tone={toneOfState(state)}>{state}</Badge>
          </li>
        ))}
      </ul>
    </section>
  );
}
