import type { LoadLimits } from '../../../core/config/config.ts';
import { Gate } from '../../../core/server/gate.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { type RecordingLog, recordingLog } from '../../../sdk/testing/fakes.ts';

/** A client that waits, and can leave. */
export class Client {
  #gone: (() => void) | null = null;
  /** `in`, `waiting`, or the code of the error. */
  state = 'waiting';
  retryAfterMs: number | null = null;

  onGone(run: () => void): void {
    this.#gone = run;
  }

  leave(): void {
    this.#gone?.();
  }
}

export interface GateUnderTest {
  readonly gate: Gate;
  readonly clock: FakeClock;
  readonly log: RecordingLog;
  readonly heap: { now: number; looks: number };
  /** A request comes. */
  come(patienceMs?: number): Client;
}

export function gateOf(limits: Partial<LoadLimits> = {}): GateUnderTest {
  const clock = new FakeClock();
  const log = recordingLog();
  const heap = { now: 0.1, looks: 0 };
  const all = { maxConcurrent: 2, maxQueue: 2, queueTimeoutMs: 5000, shedAbove: 0.9, ...limits };
  const gate = new Gate({
    clock,
    log,
    heap: {
      share: () => {
        heap.looks += 1;
        return heap.now;
      },
    },
    limits: () => all,
  });
  const come = (patienceMs = Infinity) => {
    const client = new Client();
    const fail = (error: unknown) => {
      const { code, name, retryAfterMs } = error as { code?: string; name: string; retryAfterMs?: number };
      client.state = code ?? name;
      client.retryAfterMs = retryAfterMs ?? null;
    };
    try {
      const turn = gate.enter(client, patienceMs);
      if (turn === undefined) client.state = 'in';
      else
        turn.then(() => {
          client.state = 'in';
        }, fail);
    } catch (error) {
      fail(error);
    }
    return client;
  };
  return { gate, clock, log, heap, come };
}
