import type { MaybePromise } from '../../sdk/plugin.ts';
import type { Clock } from '../../sdk/services.ts';
import type { Trace } from '../../sdk/trace.ts';
import type { Fleet, FleetNews, Peer } from './fleet.ts';
import { Line, type Port } from './line.ts';
import type { FleetQuestion, MetricsJson, PrimaryNews, WorkerNews } from './messages.ts';

/** What a worker needs of its gateway to be one of several. */
export interface MemberGateway {
  metricsJson(): Promise<MetricsJson>;
  trace(requestId: string): Trace | undefined;
  reload(): Promise<unknown>;
}

export interface MemberOptions {
  readonly port: Port;
  readonly clock: Clock;
  /** Of this process. */
  residentBytes(): number;
  drain(options: { readonly alone: boolean; readonly delay: boolean }): void;
}

/** The primary process waits for each of the others, for less than this. */
const fleetMs = 5000;
/** For what somebody at a screen waits for. */
const peersMs = 500;
/** What the way over the primary process may take beside. */
const wayMs = 1000;

/** This process as one of the workers of a primary one. */
export class Member implements Fleet {
  readonly #options: MemberOptions;
  readonly #line: Line<FleetQuestion, FleetQuestion, PrimaryNews, WorkerNews>;
  #gateway: MemberGateway | null = null;
  #asked: ((question: unknown) => MaybePromise<unknown>) | null = null;
  #onReady: (() => void) | null = null;
  #welcome: { readonly id: number; readonly secret: string } | null = null;

  constructor(options: MemberOptions) {
    this.#options = options;
    this.#line = new Line(options.port, options.clock, {
      heard: (news) => this.#heard(news),
      answer: (question) => this.#answer(question),
    });
  }

  get id(): number {
    return this.#welcome?.id ?? 0;
  }

  /**
   * Messages keep their order, and a worker listens when the primary process has said that it may: after the welcome.
   *
   * @throws Error where a primary process of an older release runs, which welcomes nobody.
   */
  get secret(): string {
    if (this.#welcome === null) {
      throw new Error('the primary process is of an older release: restart the service');
    }
    return this.#welcome.secret;
  }

  /** The gateway listens. */
  ready(gateway: MemberGateway, at: { readonly url: string }, status: string): void {
    this.#gateway = gateway;
    this.#line.tell({ type: 'ready', url: at.url, status });
    this.#onReady?.();
  }

  /** Leaves with the primary process what was counted here. */
  async last(): Promise<void> {
    const last = await this.#metrics();
    if (last !== null) this.#line.tell({ type: 'last', last });
  }

  async metrics(): Promise<string> {
    return ((await this.#line.ask({ type: 'metrics' }, fleetMs)) as string | undefined) ?? '';
  }

  async trace(requestId: string): Promise<Trace | undefined> {
    return (await this.#line.ask({ type: 'trace', requestId }, fleetMs)) as Trace | undefined;
  }

  tell(news: FleetNews): void {
    this.#line.tell(news);
  }

  onAsked(answer: (question: unknown) => MaybePromise<unknown>): void {
    this.#asked = answer;
  }

  onReady(run: () => void): void {
    this.#onReady = run;
  }

  async ask(question: unknown, limitMs = peersMs): Promise<readonly Peer[]> {
    const peers = await this.#line.ask({ type: 'peers', question, limitMs }, limitMs + wayMs);
    // A primary process of an older release does not know the question.
    return Array.isArray(peers) ? (peers as readonly Peer[]) : [];
  }

  #heard(news: PrimaryNews): void {
    if (news.type === 'drain') this.#options.drain(news);
    else if (news.type === 'welcome') this.#welcome = news;
    else void this.#gateway?.reload();
  }

  async #answer(question: FleetQuestion): Promise<unknown> {
    if (question.type === 'trace') return this.#gateway?.trace(question.requestId) ?? null;
    if (question.type === 'peers') return (await this.#asked?.(question.question)) ?? null;
    return this.#metrics();
  }

  async #metrics() {
    if (this.#gateway === null) return null;
    return {
      metrics: await this.#gateway.metricsJson(),
      residentBytes: this.#options.residentBytes(),
    };
  }
}
