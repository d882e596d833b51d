import type { ComponentChildren } from 'preact';
import type { Overview } from '../../api/types.ts';
import { count, duration, percent } from '../../data/format.ts';
import { Money } from '../../ui/money.tsx';

interface FigureProps {
  readonly label: string;
  readonly note: string;
  readonly children: ComponentChildren;
}

function Figure({ label, note, children }: FigureProps) {
  return (
    <div class="figure">
      <dt>{label}</dt>
      <dd>
        <span class="figure-value number">{children}</span>
        <span class="figure-note">{note}</span>
      </dd>
    </div>
  );
}

/** Why a share is not known: nothing to take it of. */
const none = 'nothing to count yet';

function share(ratio: number | null): string {
  return ratio === null ? '–' : percent(ratio);
}

/** The six numbers that are looked at first. */
export function Figures({ overview, words }: { readonly overview: Overview; readonly words: string }) {
  const { totals } = overview;
  return (
    <dl class="card figures" aria-label={`Totals of ${words}`}>
      <Figure label="Requests" note={errorsNote(totals)}>
        {count(totals.requests)}
      </Figure>
      <Figure label="Spend" note={words}>
        <Money nano={totals.cost_nano_usd} />
      </Figure>
      <Figure label="p95 latency" note={totals.p95_ms === null ? none : '19 of 20 requests are faster'}>
        {totals.p95_ms === null ? '–' : duration(totals.p95_ms)}
      </Figure>
      <Figure label="Rate limited" note={totals.rate_limited_ratio === null ? none : 'answered with 429'}>
        {share(totals.rate_limited_ratio)}
      </Figure>
      <Figure label="Cache hits" note={cacheNote(totals)}>
        {share(totals.cache_hit_ratio)}
      </Figure>
      <Figure label="Fallback" note={totals.fallback_ratio === null ? none : 'answered by another target'}>
        {share(totals.fallback_ratio)}
      </Figure>
    </dl>
  );
}

function errorsNote({ requests, errors }: Overview['totals']): string {
  if (requests === 0) return none;
  return errors === 0 ? 'none failed' : `${count(errors)} failed (${percent(errors / requests)})`;
}

function cacheNote({ cache_hit_ratio: hits, cache_wrong_bound: bound }: Overview['totals']): string {
  if (hits === null) return none;
  return bound === null ? 'error bound not measured' : `at most ${percent(bound)} wrong`;
}
