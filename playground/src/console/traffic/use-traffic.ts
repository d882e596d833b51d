import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { messageOf, requestJson } from '../../api/client.ts';
import type { TrafficPage, Workers } from '../../api/types.ts';
import { followTail, type TailState } from './tail.ts';
import { TrafficList } from './traffic-list.ts';

export interface Traffic {
  readonly list: TrafficList;
  readonly state: TailState;
  readonly problem: string | null;
  /** The first page has come. */
  readonly loaded: boolean;
  /** How many the gateway left out of the tail. */
  readonly skipped: number;
  /** Whose requests there are; null where the gateway is one process. */
  readonly workers: Workers;
  readonly hold: (held: boolean) => void;
  readonly loadOlder: () => void;
  readonly retry: () => void;
}

const pageSize = 200;

/** The recent requests under some filters, and those that come. */
export function useTraffic(search: string): Traffic {
  const list = useMemo(() => new TrafficList(), []);
  const [, redraw] = useState(0);
  const [state, setState] = useState<TailState>('connecting');
  const [problem, setProblem] = useState<string | null>(null);
  const [loaded, setLoaded] = useState(false);
  const [skipped, setSkipped] = useState(0);
  const [workers, setWorkers] = useState<Workers>(null);
  const [round, setRound] = useState(0);
  const next = useRef<string | null>(null);
  const loading = useRef(false);

  useEffect(() => {
    const abort = new AbortController();
    let frame = 0;
    // Several batches that came together are drawn once.
    const draw = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => redraw((count) => count + 1));
    };
    const page = (query: string) =>
      requestJson<TrafficPage>(`/playground/api/traffic?limit=${pageSize}&${query}`, {
        signal: abort.signal,
      });
    const fill = async (first: boolean) => {
      try {
        const answer = await page(search);
        list.push(answer.rows);
        if (first) next.current = answer.next;
        setProblem(null);
        setWorkers(answer.workers ?? null);
        setLoaded(true);
        draw();
      } catch (error) {
        if (!abort.signal.aborted) setProblem(messageOf(error));
      }
    };
    list.hold(false);
    list.clear();
    setLoaded(false);
    setSkipped(0);
    setProblem(null);
    void fill(true);
    const stop = followTail(search, {
      onRows: (rows) => {
        list.push(rows);
        draw();
      },
      onSkipped: (count) => setSkipped((before) => before + count),
      onWorkers: setWorkers,
      onState: setState,
      onGap: () => void fill(false),
    });
    return () => {
      abort.abort();
      cancelAnimationFrame(frame);
      stop();
    };
  }, [search, round, list]);

  return {
    list,
    state,
    problem,
    loaded,
    skipped,
    workers,
    hold: (held) => {
      if (held === list.held) return;
      list.hold(held);
      redraw((count) => count + 1);
    },
    loadOlder: () => {
      const before = next.current;
      if (before === null || loading.current || list.full) return;
      loading.current = true;
      requestJson<TrafficPage>(
        `/playground/api/traffic?limit=${pageSize}&before=${encodeURIComponent(before)}&${search}`,
      )
        .then((answer) => {
          // Other filters may be on by now.
          if (next.current !== before) return;
          list.append(answer.rows);
          next.current = answer.next;
          redraw((count) => count + 1);
        })
        .catch((error: unknown) => setProblem(messageOf(error)))
        .finally(() => {
          loading.current = false;
        });
    },
    retry: () => setRound((count) => count + 1),
  };
}
