import type { HealthState } from '../../../sdk/health.ts';
import type { Peer } from '../../cluster/fleet.ts';
import type { Peers } from '../peers/peers.ts';
import type { NumbersQuestion, PeerAnswers } from '../peers/questions.ts';
import { minuteJson, minuteOf } from './minute-json.ts';
import type { Bucket, Minutes } from './minutes.ts';

export interface NumbersDeps {
  readonly minutes: Minutes;
  readonly health: { all(): readonly HealthState[] };
  readonly inFlight: () => number;
  readonly peers: Peers;
}

/** What all processes at an address counted and know. */
export interface NumbersNow {
  /** The oldest first, those of all processes added up. */
  readonly buckets: readonly Bucket[];
  /** Of each process those that it asked: several states of one id are of several processes. */
  readonly health: readonly HealthState[];
  readonly inFlight: number;
  /** Whose numbers there are, and whose are missing; null where the gateway is one process. */
  readonly peers: readonly Peer[] | null;
}

/** The numbers of all processes at an address. */
export class Numbers {
  readonly #deps: NumbersDeps;

  constructor(deps: NumbersDeps) {
    this.#deps = deps;
  }

  /** @param width minutes in a bucket. */
  async read(nowMs: number, minutes: number, width: number): Promise<NumbersNow> {
    const { peers, inFlight } = this.#deps;
    const asked = await peers.ask({ type: 'numbers', nowMs, minutes, width });
    // Read when the others have answered: then all are of about the same moment.
    const buckets = this.#deps.minutes.buckets(nowMs, minutes, width);
    const health = [...this.#deps.health.all()];
    let underWay = inFlight();
    for (const { answer } of asked.answers) {
      for (const [index, bucket] of buckets.entries()) {
        const other = answer.buckets[index];
        if (other !== undefined) bucket.minute.add(minuteOf(other));
      }
      health.push(...answer.health);
      underWay += answer.inFlight;
    }
    return { buckets, health, inFlight: underWay, peers: asked.peers };
  }

  /** What another process asks for. */
  answer({ nowMs, minutes, width }: NumbersQuestion): PeerAnswers['numbers'] {
    return {
      buckets: this.#deps.minutes.buckets(nowMs, minutes, width).map(({ minute }) => minuteJson(minute)),
      health: this.#deps.health.all(),
      inFlight: this.#deps.inFlight(),
    };
  }
}
