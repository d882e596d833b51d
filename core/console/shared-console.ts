import type { Fleet } from '../cluster/fleet.ts';
import type { Programs } from '../program/registry.ts';
import type { Foundations } from '../runtime/setup.ts';
import { Minutes } from './overview/minutes.ts';
import { Numbers } from './overview/numbers.ts';
import { answerPeers, Peers } from './peers/peers.ts';
import { AllPrograms } from './policies/all-programs.ts';
import type { PolicyFolder } from './policies/policy-folder.ts';
import type { Sessions } from './session.ts';
import { SignInLimit } from './sign-in-limit.ts';
import { AllTraffic } from './traffic/all-traffic.ts';
import type { TrafficFeed } from './traffic/feed.ts';
import { answerTail } from './traffic/other-rows.ts';

export interface SharedConsoleParts {
  readonly fleet: Fleet | null;
  readonly base: Pick<Foundations['base'], 'clock' | 'health' | 'log'>;
  readonly folder: PolicyFolder;
  readonly programs: Programs;
  readonly sessions: Sessions;
  readonly feed: TrafficFeed;
  readonly inFlight: () => number;
}

/** Whoever starts can wait for those that are busy. */
const joinMs = 5000;
/** Names for an editor; more are no help. */
const maxTenants = 500;

/** What the consoles of all processes at an address know together. Where the gateway is one process it is what that one knows. */
export class SharedConsole {
  readonly peers: Peers;
  readonly minutes = new Minutes();
  readonly numbers: Numbers;
  readonly traffic: AllTraffic;
  readonly limit: SignInLimit;
  readonly programs: AllPrograms;
  readonly #sessions: Sessions;
  readonly #feed: TrafficFeed;

  constructor({ fleet, base, folder, programs, sessions, feed, inFlight }: SharedConsoleParts) {
    const { clock, health, log } = base;
    const peers = new Peers(fleet);
    this.peers = peers;
    this.#sessions = sessions;
    this.#feed = feed;
    this.numbers = new Numbers({ minutes: this.minutes, health, inFlight, peers });
    this.traffic = new AllTraffic(feed, peers);
    this.limit = new SignInLimit(clock);
    this.programs = new AllPrograms({ folder, programs, peers, log });
    fleet?.onAsked(this.#answers());
    // What was told between the first time and now.
    fleet?.onReady(() => void this.join());
  }

  /** Takes over what the others know, before this process serves. */
  async join(): Promise<void> {
    if (!this.peers.any) return;
    const { answers } = await this.peers.ask({ type: 'join' }, joinMs);
    for (const { answer } of answers) {
      for (const [id, expiresAtMs] of answer.ended) this.#sessions.end({ id, expiresAtMs });
    }
    await this.programs.join(answers.map(({ answer }) => answer.wentBack));
  }

  /** Those whose requests came. */
  async tenants(): Promise<ReadonlySet<string>> {
    const { answers } = await this.peers.ask({ type: 'tenants' });
    return new Set([...this.#ownTenants(), ...answers.flatMap(({ answer }) => answer)]);
  }

  #ownTenants(): string[] {
    const names = new Set<string>();
    for (const { tenant } of this.#feed.recent()) names.add(tenant);
    return [...names].slice(0, maxTenants);
  }

  #answers() {
    return answerPeers({
      ...this.programs.answers(),
      traffic: (question) => this.traffic.answer(question),
      tail: (question) => answerTail(this.#feed, question),
      numbers: (question) => this.numbers.answer(question),
      tenants: () => this.#ownTenants(),
      ended: (session) => {
        this.#sessions.end(session);
        return true;
      },
      wrong_key: ({ address }) => {
        this.limit.note(address);
        return true;
      },
      join: () => ({ ended: this.#sessions.ended, wentBack: this.programs.wentBack }),
    });
  }
}
