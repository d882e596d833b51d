import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { messageOf } from '../api/client.ts';

/** Something the gateway is asked for. */
export interface Resource<T> {
  /** The last answer, also while the next is on its way or failed. */
  readonly data: T | null;
  readonly problem: string | null;
  /** When `data` came, milliseconds since the epoch. */
  readonly atMs: number;
  readonly reload: () => void;
}

interface State<T> {
  readonly name: string;
  readonly data: T | null;
  readonly problem: string | null;
  readonly atMs: number;
}

/**
 * Asks, and asks again every `everyMs` while the page is visible; an answer that comes late, for a question that is no
 * longer put, is dropped.
 *
 * @param name what is asked for: another name is another question, and begins without data.
 */
export function useResource<T>(
  name: string,
  load: (signal: AbortSignal) => Promise<T>,
  { everyMs }: { everyMs?: number } = {},
): Resource<T> {
  const [state, setState] = useState<State<T>>({ name, data: null, problem: null, atMs: 0 });
  const [round, setRound] = useState(0);
  const loader = useRef(load);
  loader.current = load;

  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    const ask = async () => {
      clearTimeout(timer);
      if (!document.hidden) {
        try {
          const data = await loader.current(abort.signal);
          if (!abort.signal.aborted) setState({ name, data, problem: null, atMs: Date.now() });
        } catch (error) {
          if (!abort.signal.aborted) {
            setState((before) => ({
              ...(before.name === name ? before : { name, data: null, atMs: 0 }),
              problem: messageOf(error),
            }));
          }
        }
      }
      if (everyMs !== undefined && !abort.signal.aborted) timer = window.setTimeout(ask, everyMs);
    };
    const onShow = () => {
      if (!document.hidden) void ask();
    };
    void ask();
    if (everyMs !== undefined) document.addEventListener('visibilitychange', onShow);
    return () => {
      abort.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onShow);
    };
  }, [name, everyMs, round]);

  const reload = useCallback(() => setRound((now) => now + 1), []);
  const current = state.name === name ? state : { data: null, problem: null, atMs: 0 };
  return { data: current.data, problem: current.problem, atMs: current.atMs, reload };
}
