import type { MaybePromise } from '../../../sdk/plugin.ts';
import type { Fleet, Peer } from '../../cluster/fleet.ts';
import type { PeerAnswers, PeerQuestion } from './questions.ts';

/** One of the others and what it answered. */
export interface Answered<Answer> {
  readonly peer: Peer;
  readonly answer: Answer;
}

export interface Asked<Answer> {
  readonly answers: readonly Answered<Answer>[];
  /** All processes, for `workersJson`; null where there is one. */
  readonly peers: readonly Peer[] | null;
}

/** A process in the words of the interface. */
export interface WorkerJson {
  readonly worker: number;
  readonly pid: number | null;
  readonly state: Peer['state'];
  readonly since: string | null;
  readonly replaced: boolean;
}

const alone: Asked<never> = { answers: [], peers: null };

/** The consoles of the other processes at this address. A gateway that is one process has none and asks nobody. */
export class Peers {
  readonly #fleet: Pick<Fleet, 'ask'> | null;

  constructor(fleet: Pick<Fleet, 'ask'> | null) {
    this.#fleet = fleet;
  }

  /** False where this process is the gateway. */
  get any(): boolean {
    return this.#fleet !== null;
  }

  /** Never fails: who does not answer is in `peers` as one that did not. */
  async ask<Question extends PeerQuestion>(
    question: Question,
    limitMs?: number,
  ): Promise<Asked<PeerAnswers[Question['type']]>> {
    if (this.#fleet === null) return alone;
    const peers = await this.#fleet.ask(question, limitMs);
    const answers = peers
      .filter((peer) => peer.answer !== undefined)
      .map((peer) => ({ peer, answer: peer.answer as PeerAnswers[Question['type']] }));
    return { answers, peers };
  }

  /** As `ask`, where nobody waits for it. */
  tell(question: PeerQuestion): void {
    void this.#fleet?.ask(question);
  }
}

/** One answer for each kind of question. */
export type Answerers = {
  readonly [Type in PeerQuestion['type']]: (
    question: Extract<PeerQuestion, { readonly type: Type }>,
  ) => MaybePromise<PeerAnswers[Type]>;
};

/** Answers what the others ask; null for what this release does not know. */
export function answerPeers(answerers: Answerers): (question: unknown) => MaybePromise<unknown> {
  return (question) => {
    const { type } = question as PeerQuestion;
    if (!Object.hasOwn(answerers, type)) return null;
    const answer = answerers[type] as (question: PeerQuestion) => MaybePromise<unknown>;
    return answer(question as PeerQuestion);
  };
}

/**
 * Who there is, and who is missing in an answer: `silent` and `starting`. Null where the gateway is one process; empty where
 * the primary process does not answer, so that nobody knows.
 */
export function workersJson(peers: readonly Peer[] | null): readonly WorkerJson[] | null {
  if (peers === null) return null;
  return peers.map(({ worker, pid, state, sinceMs, replaced }) => ({
    worker,
    pid,
    state,
    since: sinceMs === null ? null : new Date(sinceMs).toISOString(),
    replaced,
  }));
}

/** What is true of several rounds of questions: who was missing in one was missing. */
export function together(one: readonly Peer[] | null, other: readonly Peer[] | null): readonly Peer[] | null {
  if (one === null || other === null) return one ?? other;
  const missing = one.filter(({ state }) => state === 'silent' || state === 'starting');
  return other.map(
    (peer) => missing.find(({ worker, pid }) => worker === peer.worker && pid === peer.pid) ?? peer,
  );
}
