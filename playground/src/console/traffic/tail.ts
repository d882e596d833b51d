import type { Summary, Workers } from '../../api/types.ts';

export type TailState = 'connecting' | 'live' | 'lost';

export interface TailEvents {
  readonly onRows: (rows: readonly Summary[]) => void;
  /** The gateway left some out: more came than it sends. */
  readonly onSkipped: (count: number) => void;
  /** Whose requests there are, when that changes. */
  readonly onWorkers: (workers: Workers) => void;
  readonly onState: (state: TailState) => void;
  /** What came meanwhile has to be asked for: connected again, or refused. */
  readonly onGap: () => void;
}

const retryMs = 3000;

/**
 * Follows the traffic while the page is visible: a hidden page costs the gateway nothing.
 *
 * @returns ends it.
 */
export function followTail(
  search: string,
  { onRows, onSkipped, onWorkers, onState, onGap }: TailEvents,
): () => void {
  let source: EventSource | null = null;
  let timer = 0;
  let opened = false;

  const open = () => {
    clearTimeout(timer);
    onState('connecting');
    source = new EventSource(`/playground/api/traffic/tail?${search}`);
    source.addEventListener('open', () => {
      onState('live');
      if (opened) onGap();
      opened = true;
    });
    source.addEventListener('rows', (event) => onRows(JSON.parse(String(event.data)) as Summary[]));
    source.addEventListener('skipped', (event) =>
      onSkipped((JSON.parse(String(event.data)) as { count: number }).count),
    );
    source.addEventListener('workers', (event) => onWorkers(JSON.parse(String(event.data)) as Workers));
    source.addEventListener('error', () => {
      onState('lost');
      // The browser comes back by itself after a cut, and gives up after an error of HTTP.
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = window.setTimeout(open, retryMs);
      // It does not say which error: asking in the usual way notices where the session is over.
      onGap();
    });
  };
  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = null;
  };
  const onVisible = () => {
    if (document.hidden) close();
    else if (source === null) open();
  };
  document.addEventListener('visibilitychange', onVisible);
  onVisible();
  return () => {
    document.removeEventListener('visibilitychange', onVisible);
    close();
  };
}
