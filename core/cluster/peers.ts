import type { Peer } from './fleet.ts';
import type { FleetQuestion } from './messages.ts';
import type { Slot } from './slot.ts';
import type { Worker } from './worker-process.ts';

/**
 * Asks every worker that serves, but the one that wants to know, and says how each place stands: also those where nobody
 * answers.
 */
export async function askPeers(
  slots: readonly Slot[],
  from: Worker,
  question: Extract<FleetQuestion, { readonly type: 'peers' }>,
): Promise<readonly Peer[]> {
  const answers = new Map<Worker, unknown>();
  const asked = slots.flatMap(({ workers }) => workers.filter((one) => one !== from && isServing(one)));
  await Promise.all(
    asked.map(async (worker) => {
      answers.set(worker, await worker.line.ask(question, question.limitMs));
    }),
  );
  return slots.flatMap((slot) => peersOf(slot, from, answers));
}

function isServing({ state }: Worker): boolean {
  return state === 'ready' || state === 'draining';
}

function peersOf({ number, workers }: Slot, from: Worker, answers: ReadonlyMap<Worker, unknown>): Peer[] {
  // One that began to serve after the question knows nothing that was asked for.
  const known = workers.filter((worker) => worker === from || (answers.has(worker) && isServing(worker)));
  if (known.length === 0) {
    const next = workers.find(({ state }) => state === 'starting' || state === 'ready');
    return [
      {
        worker: number,
        pid: next?.process.pid ?? null,
        state: 'starting',
        sinceMs: next?.readyAtMs ?? null,
        replaced: next?.replaced ?? true,
        self: false,
      },
    ];
  }
  return known.map((worker) => {
    const self = worker === from;
    const answer = answers.get(worker);
    const isSilent = !self && answer === undefined;
    return {
      worker: number,
      pid: worker.process.pid,
      state: isSilent ? 'silent' : worker.state === 'draining' ? 'draining' : 'serving',
      sinceMs: worker.readyAtMs,
      replaced: worker.replaced,
      self,
      ...(isSilent || self ? undefined : { answer }),
    } satisfies Peer;
  });
}
