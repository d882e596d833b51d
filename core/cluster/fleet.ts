import type { MaybePromise } from '../../sdk/plugin.ts';
import type { Trace } from '../../sdk/trace.ts';

/** What a gateway tells the others at its address. */
export interface FleetNews {
  readonly type: 'reload';
}

/** One of the processes at an address, as it stood when all were asked something. */
export interface Peer {
  /** Number of its place, from 1: `worker` in the log. While it is replaced two have the same. */
  readonly worker: number;
  /** Null while nobody is in its place. */
  readonly pid: number | null;
  /**
   * `draining`: it is about to end, and still answers. `starting`: nobody serves in its place yet. `silent`: it serves, and did
   * not answer in time.
   */
  readonly state: 'serving' | 'draining' | 'starting' | 'silent';
  /** Since when it serves, in milliseconds since the epoch; null where nobody does. */
  readonly sinceMs: number | null;
  /** Another one was in its place before, and took along what it knew. */
  readonly replaced: boolean;
  /** It is the one that asked. */
  readonly self: boolean;
  /** What it answered; absent for the one that asked and for those that did not. */
  readonly answer?: unknown;
}

/** The processes that serve at one address with this one. */
export interface Fleet {
  /** Of this process: no other one that the primary process started had the same. */
  readonly id: number;
  /** Known to all of them and to nobody else, as long as the primary process runs. */
  readonly secret: string;
  /** The metrics of all of them together, in the text format of Prometheus. */
  metrics(): Promise<string>;
  /** The decision record of a request that one of the others has answered. */
  trace(requestId: string): Promise<Trace | undefined>;
  /** The others do the same; nobody waits for it. */
  tell(news: FleetNews): void;
  /** Answers what the others ask with `ask`. Whatever it throws is no answer. */
  onAsked(answer: (question: unknown) => MaybePromise<unknown>): void;
  /** Calls `run` once this process is among those that the others ask: what they tell from then on comes here. */
  onReady(run: () => void): void;
  /**
   * Asks all others. Questions and answers are JSON.
   *
   * @param limitMs how long each may take, half a second by default.
   * @returns all of them, this one too, by their number; empty where the primary process does not answer.
   */
  ask(question: unknown, limitMs?: number): Promise<readonly Peer[]>;
}
