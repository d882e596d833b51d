import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

export interface TabChoice<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly note?: ComponentChildren;
}

interface TabsProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly TabChoice<T>[];
  readonly onChange: (value: T) => void;
  /** After the tabs, in their row. */
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** Tabs by the pattern of the ARIA guide: arrow keys move, Home and End go to the ends, only the chosen one is a stop. */
export function Tabs<T extends string>({ label, value, choices, onChange, tools, children }: TabsProps<T>) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const row = list.current;
    const tab = row?.querySelector<HTMLElement>('[aria-selected="true"]');
    if (row === null || tab === null || tab === undefined) return;
    // Only the row: on a phone scrollIntoView would scroll the page down to it.
    const [from, to] = [tab.offsetLeft - row.offsetLeft, tab.offsetLeft - row.offsetLeft + tab.offsetWidth];
    if (from < row.scrollLeft) row.scrollLeft = from;
    else if (to > row.scrollLeft + row.clientWidth) row.scrollLeft = to - row.clientWidth;
  }, [value]);
  const onKeyDown = (event: KeyboardEvent) => {
    const at = choices.findIndex((choice) => choice.value === value);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: choices.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + choices.length) % choices.length;
    onChange(choices[next]!.value);
    list.current?.querySelectorAll<HTMLButtonElement>('[role="tab"]')[next]?.focus();
  };
  return (
    <>
      <div class="tab-row">
        <div class="tab-list" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
          {choices.map((choice) => (
            <button
              key={choice.value}
              type="button"
              role="tab"
              id={`${id}-${choice.value}`}
              class="tab"
              aria-selected={choice.value === value}
              aria-controls={`${id}-panel`}
              tabIndex={choice.value === value ? 0 : -1}
              onClick={() => onChange(choice.value)}
            >
              {choice.label}
              {choice.note}
            </button>
          ))}
        </div>
        {tools}
      </div>
      <div
        class="tab-panel"
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${value}`}
        tabIndex={-1}
      >
        {children}
      </div>
    </>
  );
}
