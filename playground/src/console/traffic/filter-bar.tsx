import { useEffect, useId, useMemo, useState } from 'preact/hooks';
import type { Summary } from '../../api/types.ts';
import { setQuery } from '../../app/router.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { type FilterName, type Filters, filterNames } from './filters.ts';

const outcomes = [
  ['complete', 'answered'],
  ['denied', 'refused'],
  ['failed', 'failed'],
  ['interrupted', 'broke off'],
  ['client_gone', 'client left'],
] as const;

const statuses = ['200', '2xx', '400', '401', '402', '403', '404', '429', '4xx', '502', '503', '504', '5xx'];

const texts = [
  { name: 'tenant', label: 'Tenant', of: (row: Summary) => row.tenant },
  { name: 'model', label: 'Model', of: (row: Summary) => row.alias },
  { name: 'key', label: 'Key', of: (row: Summary) => row.key },
  { name: 'feature', label: 'Feature', of: (row: Summary) => row.feature ?? '' },
  { name: 'policy', label: 'Policy', of: (row: Summary) => row.denied_by ?? '' },
] as const;

interface FilterBarProps {
  readonly filters: Filters;
  /** Their values are offered. */
  readonly rows: readonly Summary[];
}

export function FilterBar({ filters, rows }: FilterBarProps) {
  const given = filterNames.filter((name) => filters[name] !== undefined && name !== 'q');
  const [open, setOpen] = useState(given.length > 0);
  const id = useId();
  return (
    <search class="filters">
      <div class="row filters-line">
        <div class="filter-search">
          <Icon name="search" />
          <Text
            name="q"
            label="Search requests"
            type="search"
            value={filters.q ?? ''}
            placeholder="Id, model, tenant, error …"
          />
        </div>
        <Button aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
          <Icon name="filter" />
          Filters{given.length > 0 ? ` (${given.length})` : ''}
        </Button>
        {given.length > 0 || filters.q !== undefined ? (
          <Button
            kind="quiet"
            onClick={() => setQuery(Object.fromEntries(filterNames.map((name) => [name, null])))}
          >
            Clear
          </Button>
        ) : null}
      </div>
      <div id={id} class="filter-fields" hidden={!open}>
        <Choice name="outcome" label="Outcome" value={filters.outcome ?? ''} choices={outcomes} />
        <Choice
          name="status"
          label="Status"
          value={filters.status ?? ''}
          choices={statuses.map((status) => [status, status] as const)}
        />
        {open
          ? texts.map(({ name, label, of }) => (
              <Suggested
                key={name}
                name={name}
                label={label}
                value={filters[name] ?? ''}
                rows={rows}
                of={of}
              />
            ))
          : null}
      </div>
    </search>
  );
}

interface ChoiceProps {
  readonly name: FilterName;
  readonly label: string;
  readonly value: string;
  readonly choices: readonly (readonly [value: string, label: string])[];
}

function Choice({ name, label, value, choices }: ChoiceProps) {
  return (
    <label class="field">
      <span class="field-label">{label}</span>
      <select
        class="input"
        value={value}
        onChange={(event) => setQuery({ [name]: event.currentTarget.value })}
      >
        <option value="">any</option>
        {choices.map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

interface SuggestedProps {
  readonly name: FilterName;
  readonly label: string;
  readonly value: string;
  readonly rows: readonly Summary[];
  readonly of: (row: Summary) => string;
}

/** A text field that offers the values among the newest requests. */
function Suggested({ name, label, value, rows, of }: SuggestedProps) {
  const id = useId();
  const newest = rows.slice(0, 300);
  // Not at each batch of the tail: the browser would close the list that is being read.
  const known = Math.ceil(newest.length / 100);
  const values = useMemo(() => [...new Set(newest.map(of))].filter(Boolean).sort().slice(0, 50), [known]);
  return (
    <div class="field">
      <span class="field-label" aria-hidden="true">
        {label}
      </span>
      <Text name={name} label={label} value={value} list={id} placeholder="any" />
      <datalist id={id}>
        {values.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </div>
  );
}

interface TextProps {
  readonly name: FilterName;
  readonly label?: string;
  readonly type?: 'search' | 'text';
  readonly value: string;
  readonly list?: string;
  readonly placeholder: string;
}

const restMs = 300;

/** Takes effect when the typing rests, and at Enter. */
function Text({ name, label, type = 'text', value, list, placeholder }: TextProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => setQuery({ [name]: text }), restMs);
    return () => clearTimeout(timer);
  }, [text, value, name]);
  return (
    <input
      class="input"
      type={type}
      aria-label={label}
      value={text}
      list={list}
      placeholder={placeholder}
      autoComplete="off"
      spellcheck={false}
      onInput={(event) => setText(event.currentTarget.value)}
    />
  );
}
