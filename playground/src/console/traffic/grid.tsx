// biome-ignore-all lint/a11y/useSemanticElements: a table cannot leave rows out of the page.
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and names its active row.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Summary } from '../../api/types.ts';
import { TrafficRow } from './row.tsx';
import './grid.css';

interface GridProps {
  readonly rows: readonly Summary[];
  readonly selected: string | null;
  readonly onSelect: (id: string) => void;
  /** Opened with the keyboard: the focus goes along. */
  readonly onOpen: (id: string) => void;
  readonly onTop: (atTop: boolean) => void;
  readonly onEnd: () => void;
  readonly onPause: () => void;
}

const narrow = matchMedia('(max-width: 700px)');
const overscan = 6;

/** A list of any length of which only what is in sight is in the page. */
export function TrafficGrid({ rows, selected, onSelect, onOpen, onTop, onEnd, onPause }: GridProps) {
  const box = useRef<HTMLDivElement>(null);
  const pressed = useRef<string | null>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const [rowPx, setRowPx] = useState(narrow.matches ? 58 : 36);
  const [active, setActive] = useState<string | null>(selected);

  useLayoutEffect(() => {
    const element = box.current!;
    const measure = () => {
      setHeight(element.clientHeight);
      setRowPx(narrow.matches ? 58 : 36);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  useEffect(() => setActive(selected), [selected]);

  const first = Math.max(0, Math.floor(top / rowPx) - overscan);
  const last = Math.min(rows.length, Math.ceil((top + height) / rowPx) + overscan);
  const shown = rows.slice(first, last);
  const activeShown = active !== null && shown.some(({ request_id: id }) => id === active);

  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current!;
    setTop(scrollTop);
    onTop(scrollTop < rowPx / 2);
    if (scrollHeight - scrollTop - clientHeight < 20 * rowPx) onEnd();
  };

  const goTo = (index: number) => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, index))];
    if (row === undefined) return;
    setActive(row.request_id);
    // Whoever has a request open reads on in the next one.
    if (selected !== null) onSelect(row.request_id);
    const at = rows.indexOf(row) * rowPx;
    const element = box.current!;
    const room = element.clientHeight - headPx - rowPx;
    if (at < element.scrollTop) element.scrollTop = at;
    else if (at > element.scrollTop + room) element.scrollTop = at - room;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const index = rows.findIndex(({ request_id: id }) => id === active);
    const page = Math.max(1, Math.floor(height / rowPx) - 2);
    switch (event.key) {
      case 'ArrowDown':
        goTo(index + 1);
        break;
      case 'ArrowUp':
        goTo(index < 0 ? 0 : index - 1);
        break;
      case 'PageDown':
        goTo(index + page);
        break;
      case 'PageUp':
        goTo(index - page);
        break;
      case 'Home':
        goTo(0);
        break;
      case 'End':
        goTo(rows.length - 1);
        break;
      case 'Enter':
        if (index >= 0) onOpen(active!);
        break;
      case ' ':
        onPause();
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  const idAt = (target: EventTarget | null) =>
    target instanceof Element ? (target.closest<HTMLElement>('[data-id]')?.dataset['id'] ?? null) : null;

  return (
    <div
      ref={box}
      class="traffic-grid"
      role="grid"
      aria-label="Requests, the newest first"
      aria-rowcount={rows.length + 1}
      aria-activedescendant={activeShown ? `row-${active}` : undefined}
      tabIndex={0}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
      // Rows move between press and release; what was pressed is what was meant.
      onPointerDown={(event) => {
        pressed.current = idAt(event.target);
      }}
      onClick={() => {
        if (pressed.current !== null) onSelect(pressed.current);
      }}
    >
      <div class="traffic-head traffic-columns" role="row" aria-rowindex={1}>
        {heads.map(({ name, label }) => (
          <div key={name} role="columnheader" class={`cell cell-${name}`}>
            {label}
          </div>
        ))}
      </div>
      <div class="traffic-space" role="rowgroup" style={{ height: `${rows.length * rowPx}px` }}>
        <div
          class="traffic-window"
          role="presentation"
          style={{ transform: `translateY(${first * rowPx}px)` }}
        >
          {shown.map((row, index) => (
            // By place and not by request: in a quick stream the rows stay and only their texts change.
            <TrafficRow
              key={index}
              row={row}
              index={first + index}
              active={row.request_id === active}
              selected={row.request_id === selected}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

const headPx = 32;

const heads = [
  { name: 'time', label: 'Time' },
  { name: 'status', label: 'Status' },
  { name: 'tenant', label: 'Tenant' },
  { name: 'model', label: 'Model' },
  { name: 'feature', label: 'Feature' },
  { name: 'notes', label: 'Notes' },
  { name: 'tokens', label: 'Tokens in / out' },
  { name: 'cost', label: 'Cost' },
  { name: 'duration', label: 'Duration' },
] as const;
