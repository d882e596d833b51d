import type { Trace, TraceAttempt } from '../../../../sdk/trace.ts';
import { duration } from '../../data/format.ts';
import { Icon } from '../../ui/icon.tsx';

/** Whom the gateway asked, when and for how long, as bars over the request's own time. */
export function Attempts({ trace }: { readonly trace: Trace }) {
  const { attempts, passedOver, durationMs } = trace;
  if (attempts.length === 0 && passedOver.length === 0) return null;
  return (
    <section aria-label="Attempts">
      <h3>Asked</h3>
      <ol class="attempts">
        {attempts.map((attempt) => (
          <li key={attempt.number}>
            <span class={`attempt-name tone-${attempt.failure === null ? 'ok' : 'bad'}`}>
              <Icon name={attempt.failure === null ? 'check' : 'cross'} />
              <span class="attempt-target">{attempt.target}</span>
            </span>
            <span class="attempt-more muted small">{wordsOf(attempt)}</span>
            <Timeline attempt={attempt} totalMs={durationMs} />
          </li>
        ))}
        {passedOver.map(({ target, why }) => (
          <li key={target}>
            <span class="attempt-name muted">
              <Icon name="right" />
              <span class="attempt-target">{target}</span>
            </span>
            <span class="attempt-more muted small">passed over: {why}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function wordsOf({ failure, status, durationMs, firstByteMs, hedge }: TraceAttempt): string {
  const end = failure === null ? 'answered' : failure.replaceAll('_', ' ');
  const parts = [status === null ? end : `${end} (${status})`];
  if (durationMs !== null) parts.push(`in ${duration(durationMs)}`);
  if (firstByteMs !== null) parts.push(`first byte after ${duration(firstByteMs)}`);
  if (hedge) parts.push('beside another');
  return parts.join(', ');
}

function Timeline({ attempt, totalMs }: { readonly attempt: TraceAttempt; readonly totalMs: number }) {
  const total = Math.max(totalMs, 1);
  const left = Math.min(1, attempt.startedMs / total);
  const width = Math.min(1 - left, (attempt.durationMs ?? total - attempt.startedMs) / total);
  const first = attempt.firstByteMs === null ? null : Math.min(width, attempt.firstByteMs / total);
  return (
    <span class="attempt-more timeline" aria-hidden="true">
      <span
        class={attempt.failure === null ? 'timeline-span' : 'timeline-span timeline-bad'}
        style={{ left: `${left * 100}%`, width: `max(2px, ${width * 100}%)` }}
      />
      {first === null ? null : (
        <span class="timeline-wait" style={{ left: `${left * 100}%`, width: `${first * 100}%` }} />
      )}
    </span>
  );
}
