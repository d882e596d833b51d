import type { Peer } from '../../cluster/fleet.ts';
import { type Peers, together } from '../peers/peers.ts';
import type { PeerAnswers, Row, TrafficQuestion } from '../peers/questions.ts';
import type { TrafficFeed } from './feed.ts';
import { filterOf, type TrafficFilter } from './filter.ts';
import { comparePlaces, type Place } from './place.ts';

/** Rows of one process in one message: no message keeps a process busy for long. */
const rowsAtOnce = 200;
/** Records are looked through for a policy, which takes its time. */
const policyMs = 3000;

export interface TrafficPage {
  readonly rows: readonly Row[];
  /** Where the next page begins; null where there is none. */
  readonly next: Place | null;
  /** Whose requests there are, and whose are missing; null where the gateway is one process. */
  readonly peers: readonly Peer[] | null;
}

/** The last requests of all processes at an address as one list. */
export class AllTraffic {
  readonly #feed: TrafficFeed;
  readonly #peers: Peers;

  constructor(feed: TrafficFeed, peers: Peers) {
    this.#feed = feed;
    this.#peers = peers;
  }

  /** @param before only those older than this place. */
  async page(filter: TrafficFilter, limit: number, before: Place | null): Promise<TrafficPage> {
    if (!this.#peers.any) {
      const { rows, more } = await this.#feed.page(filter, limit, before);
      return { rows, next: more ? rows.at(-1)!.place : null, peers: null };
    }
    const rows: Row[] = [];
    let peers: readonly Peer[] | null = null;
    let place = before;
    for (;;) {
      const round = await this.#round(filter, Math.min(limit - rows.length, rowsAtOnce), place);
      rows.push(...round.rows);
      peers = together(peers, round.peers);
      place = round.rows.at(-1)?.place ?? place;
      if (!round.more || rows.length === limit) return { rows, next: round.more ? place : null, peers };
    }
  }

  /** What another process asks for. */
  answer({ filter, limit, before }: TrafficQuestion): Promise<PeerAnswers['traffic']> {
    return this.#feed.page(filterOf(filter), limit, before);
  }

  /** The newest of all are among the newest of each: so many of each are enough. */
  async #round(filter: TrafficFilter, limit: number, before: Place | null) {
    const question = { type: 'traffic', filter: filter.query, limit, before } as const;
    const [own, asked] = await Promise.all([
      this.#feed.page(filter, limit, before),
      this.#peers.ask(question, filter.policy === null ? undefined : policyMs),
    ]);
    const pages = [own, ...asked.answers.map(({ answer }) => answer)];
    const all = pages.flatMap(({ rows }) => rows).sort((a, b) => comparePlaces(b.place, a.place));
    return {
      rows: all.slice(0, limit),
      more: all.length > limit || pages.some(({ more }) => more),
      peers: asked.peers,
    };
  }
}
