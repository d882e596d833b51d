// biome-ignore-all lint/a11y/useSemanticElements: a table cannot leave rows out of the page.
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and names its active row.
import { memo } from 'preact/compat';
import type { Summary } from '../../api/types.ts';
import { clockTime, count, duration, moneyParts } from '../../data/format.ts';
import { Icon, type IconName } from '../../ui/icon.tsx';
import type { Tone } from '../../ui/status-mark.tsx';

interface RowProps {
  readonly row: Summary;
  readonly index: number;
  readonly active: boolean;
  readonly selected: boolean;
}

/** How it ended: a sign, a colour, and always the status itself. */
export function endOf({ outcome, status }: Pick<Summary, 'outcome' | 'status'>): {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly words: string;
} {
  switch (outcome) {
    case 'complete':
      return status >= 400
        ? { tone: 'bad', icon: 'cross', words: 'answered with an error' }
        : { tone: 'ok', icon: 'check', words: 'answered' };
    case 'denied':
      return { tone: 'warn', icon: 'stop', words: 'refused' };
    case 'client_gone':
      return { tone: 'plain', icon: 'right', words: 'the client left' };
    case 'interrupted':
      return { tone: 'bad', icon: 'half', words: 'broke off' };
    case 'shutdown':
      return { tone: 'bad', icon: 'half', words: 'broken off by a shutdown' };
    default:
      return { tone: 'bad', icon: 'cross', words: 'failed' };
  }
}

/** What was out of the ordinary, in few words. */
export function notesOf(row: Summary): string {
  const notes: string[] = row.draft === true ? ['draft'] : [];
  if (row.error_code !== null) notes.push(row.error_code);
  if (row.cache === 'exact' || row.cache === 'semantic') notes.push(`cache: ${row.cache}`);
  if (row.fallback === 'same-vendor' || row.fallback === 'cross-vendor')
    notes.push(`fallback: ${row.fallback}`);
  if (row.attempts > 1) notes.push(`${row.attempts} attempts`);
  return notes.join(', ');
}

const free = { head: '$0', tail: '' };

export const TrafficRow = memo(function TrafficRow({ row, index, active, selected }: RowProps) {
  const end = endOf(row);
  const model = row.model === null || row.model === row.alias ? row.alias : `${row.alias} → ${row.model}`;
  const cost =
    row.cost_nano_usd === null ? null : row.cost_nano_usd === 0 ? free : moneyParts(row.cost_nano_usd, 4);
  const notes = notesOf(row);
  return (
    <div
      id={`row-${row.request_id}`}
      data-id={row.request_id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      class={`traffic-row traffic-columns${active ? ' traffic-row-active' : ''}`}
    >
      <Cell name="time" text={clockTime(row.at)} />
      <div role="gridcell" class={`cell cell-status tone-${end.tone}`} title={end.words}>
        <Icon name={end.icon} />
        <span class="number">{row.status}</span>
        <span class="visually-hidden">, {end.words}</span>
      </div>
      <Cell name="tenant" text={row.tenant} />
      <Cell name="model" text={model} />
      <Cell name="feature" text={row.feature ?? ''} />
      <Cell name="notes" text={notes} />
      <Cell
        name="tokens"
        text={
          row.input_tokens === null ? '–' : `${count(row.input_tokens)} / ${count(row.output_tokens ?? 0)}`
        }
      />
      <div role="gridcell" class="cell cell-cost number">
        {cost === null ? '–' : cost.head}
        {cost === null || cost.tail === '' ? null : <span class="money-tail">{cost.tail}</span>}
      </div>
      <Cell name="duration" text={duration(row.duration_ms)} />
    </div>
  );
});

function Cell({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div role="gridcell" class={`cell cell-${name}`} title={text}>
      {text}
    </div>
  );
}
