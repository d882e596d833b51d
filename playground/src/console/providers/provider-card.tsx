import type { Provider, Target } from '../../api/types.ts';
import { count, duration, percent, triedAgain } from '../../data/format.ts';
import { Badge, toneOfState } from '../../ui/status-mark.tsx';
import '../../ui/table.css';

interface ProviderCardProps {
  readonly provider: Provider;
  readonly nowMs: number;
}

export function ProviderCard({ provider, nowMs }: ProviderCardProps) {
  const {
    name,
    kind,
    keys,
    state,
    latency_ms: latency,
    attempts,
    errors,
    targets,
    key_states: pool = [],
  } = provider;
  return (
    <section class="card provider" aria-label={name}>
      <div class="provider-head">
        <div class="provider-name">
          <h2 class="ellipsis" title={name}>
            {name}
          </h2>
          <span class="muted small">
            {kind}, {keys === 0 ? 'without a key' : keys === 1 ? '1 key' : `a pool of ${keys} keys`}
          </span>
        </div>
        <Badge tone={toneOfState(state)}>{state === 'unknown' ? 'not asked yet' : state}</Badge>
      </div>
      <dl class="provider-facts">
        <div>
          <dt>First byte</dt>
          <dd class="number">{latency === null ? '–' : duration(latency)}</dd>
        </div>
        <div>
          <dt>Attempts</dt>
          <dd class="number">{count(attempts)}</dd>
        </div>
        <div>
          <dt>Failed</dt>
          <dd class="number">
            {attempts === 0 ? '–' : percent(errors / attempts)}
            {errors > 0 ? <span class="muted small"> ({count(errors)})</span> : null}
          </dd>
        </div>
      </dl>
      {targets.length === 0 ? (
        <p class="muted small">No target of it was asked yet.</p>
      ) : (
        <ul class="targets">
          {targets.map((target) => (
            <TargetLine key={target.id} target={target} nowMs={nowMs} />
          ))}
        </ul>
      )}
      {keys > 1 && pool.length > 0 ? (
        <div>
          <h3>Keys of the pool</h3>
          <ul class="targets">
            {pool.map((key) => (
              <TargetLine key={key.id} target={key} nowMs={nowMs} />
            ))}
          </ul>
        </div>
      ) : null}
    </section>
  );
}

function TargetLine({ target, nowMs }: { readonly target: Target; readonly nowMs: number }) {
  const { id, state, latency_ms: latency, in_flight: inFlight, breaker, retry_at: retryAt } = target;
  const facts = [
    latency === null ? '' : `first byte ${duration(latency)}`,
    `${count(inFlight)} under way`,
    breaker === null || breaker === state ? '' : `breaker ${breaker}`,
    retryAt === null ? '' : triedAgain(retryAt, nowMs),
  ].filter(Boolean);
  return (
    <li>
      <span class="target-name">
        <span class="mono">{id}</span>
        <span class="muted small">{facts.join(' · ')}</span>
      </span>
      <Badge tone={toneOfState(state)}>{state === 'unknown' ? 'not asked yet' : state}</Badge>
    </li>
  );
}
