import type { Line, Port } from './line.ts';
import type { FleetQuestion, PrimaryNews, WorkerNews } from './messages.ts';

/** A started process. */
export interface WorkerProcess {
  readonly pid: number;
  readonly port: Port;
  kill(): void;
  /** @param how it ended, in words: `code 1`, `SIGKILL`. */
  onExit(run: (how: string) => void): void;
}

/** What a worker says when it listens. */
export type Ready = Extract<WorkerNews, { readonly type: 'ready' }>;

/** A worker as the primary process knows it. */
export interface Worker {
  /** Unique over all that ever were: a new one has another than the one that it replaces. */
  readonly id: number;
  readonly process: WorkerProcess;
  readonly line: Line<FleetQuestion, FleetQuestion, WorkerNews, PrimaryNews>;
  readonly startedMs: number;
  /** Another one served in its place before. */
  readonly replaced: boolean;
  state: 'starting' | 'ready' | 'draining' | 'gone';
  ready: Ready | null;
  /** When it began to serve, in milliseconds since the epoch; null before. */
  readyAtMs: number | null;
}
