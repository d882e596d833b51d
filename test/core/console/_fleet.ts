import type { Fleet, Peer } from '../../../core/cluster/fleet.ts';
import { type Answerers, answerPeers, Peers } from '../../../core/console/peers/peers.ts';
import type { PeerQuestion } from '../../../core/console/peers/questions.ts';

/** One process of a fleet that only exists here. */
export interface FakePeer {
  answerers: Partial<Answerers>;
  /** False while it is too busy to answer. */
  answers: boolean;
  /** Called before it answers. */
  delay: () => Promise<void>;
}

/** Processes that ask each other over JSON, as the real ones do. */
export class FakeFleet {
  readonly members: FakePeer[] = [];
  /** Questions that were asked, with all that is done for them. */
  asked: PeerQuestion[] = [];

  add(answerers: Partial<Answerers> = {}): FakePeer {
    const member = { answerers, answers: true, delay: () => Promise.resolve() };
    this.members.push(member);
    return member;
  }

  /** The others, for the process at an index. */
  peersOf(self: number): Peers {
    const ask: Fleet['ask'] = async (question) => {
      this.asked.push(question as PeerQuestion);
      return Promise.all(
        this.members.map((member, index) => this.#ask(member, index, index === self, question)),
      );
    };
    return new Peers({ ask });
  }

  async #ask(member: FakePeer, index: number, self: boolean, question: unknown): Promise<Peer> {
    const peer = { worker: index + 1, pid: 100 + index, sinceMs: 1000, replaced: false, self };
    if (self) return { ...peer, state: 'serving' };
    if (!member.answers) return { ...peer, state: 'silent' };
    await member.delay();
    const answer = await answerPeers(member.answerers as Answerers)(copied(question));
    return answer === null
      ? { ...peer, state: 'silent' }
      : { ...peer, state: 'serving', answer: copied(answer) };
  }
}

function copied(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
