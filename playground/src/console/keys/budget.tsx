import type { KeyInfo } from '../../api/types.ts';
import { hrefOf } from '../../app/router.ts';
import { fromNow, money, nanoOf, percent } from '../../data/format.ts';
import { Bar } from '../../ui/bar.tsx';
import { Money } from '../../ui/money.tsx';

/** What a key has spent of its budget, and what requests under way hold of it (hatched). */
export function Budget({ info, nowMs }: { readonly info: KeyInfo; readonly nowMs: number }) {
  const spent = nanoOf(info.spend ?? 0);
  const held = nanoOf(info.held ?? 0);
  if (info.max_budget === null) {
    return (
      <div class="budget">
        <span>
          <Money nano={spent} /> <span class="muted">without a budget</span>
        </span>
        <Holds info={info} held={held} nowMs={nowMs} />
      </div>
    );
  }
  const limit = nanoOf(info.max_budget);
  const share = limit === 0 ? 1 : spent / limit;
  const warnAt = info.soft_budget === null ? 0.8 * limit : nanoOf(info.soft_budget);
  const used = spent >= limit;
  return (
    <div class="budget">
      <span class="spread budget-line">
        <span>
          <Money nano={spent} /> <span class="muted">of {money(limit)}</span>
        </span>
        <span class={`small${used ? ' tone-bad' : spent >= warnAt ? ' tone-warn' : ' muted'}`}>
          {used ? 'used up' : percent(share)}
        </span>
      </span>
      <Bar
        share={share}
        more={limit === 0 ? 0 : held / limit}
        tone={used ? 'bad' : spent >= warnAt ? 'warn' : 'plain'}
      />
      <Holds info={info} held={held} nowMs={nowMs} />
    </div>
  );
}

function Holds({
  info,
  held,
  nowMs,
}: {
  readonly info: KeyInfo;
  readonly held: number;
  readonly nowMs: number;
}) {
  const { holds, budget_duration: duration, budget_reset_at: reset } = info;
  const window = reset === null ? duration : `${duration}, new ${fromNow(reset, nowMs)}`;
  if (info.held === null)
    return <span class="small tone-warn">what is held is not known: the counters do not answer</span>;
  return (
    <>
      {held > 0 && holds ? (
        <details class="small">
          <summary>
            {money(held)} held by {holds.length} {holds.length === 1 ? 'request' : 'requests'} under way
          </summary>
          <ul>
            {holds.map(({ request_id: id, owner, usd, expires_at: expires }) => (
              <li key={id}>
                <a href={hrefOf('traffic', { request: id })}>{id}</a> {money(nanoOf(usd))} at {owner},
                released {fromNow(expires, nowMs)} at the latest
              </li>
            ))}
          </ul>
        </details>
      ) : null}
      {window === null ? null : <span class="muted small">{window}</span>}
    </>
  );
}
