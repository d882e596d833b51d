import type { Clock } from '../../sdk/services.ts';
import type { Trace } from '../../sdk/trace.ts';
import type { Fleet, FleetNews } from './fleet.ts';
import { Line, type Port } from './line.ts';
import type { FleetQuestion, MetricsJson, PrimaryNews, WorkerNews } from './messages.ts';

/** What a worker needs of its gateway to be one of several. */
export interface MemberGateway {
  metricsJson(): Promise<MetricsJson>;
  trace(requestId: string): Trace | undefined;
  reload(): Promise<unknown>;
  rollback(version?: string): Promise<unknown>;
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

/** This process as one of the workers of a primary one. */
export class Member implements Fleet {
  readonly #options: MemberOptions;
  readonly #line: Line<FleetQuestion, FleetQuestion, PrimaryNews, WorkerNews>;
  #gateway: MemberGateway | null = null;

  constructor(options: MemberOptions) {
    this.#options = options;
    this.#line = new Line(options.port, options.clock, {
      heard: (news) => this.#heard(news),
      answer: (question) => this.#answer(question),
    });
  }

  /** The gateway listens. */
  ready(gateway: MemberGateway, at: { readonly url: string }, status: string): void {
    this.#gateway = gateway;
    this.#line.tell({ type: 'ready', url: at.url, status });
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

  #heard(news: PrimaryNews): void {
    if (news.type === 'drain') this.#options.drain(news);
    else if (news.type === 'reload') void this.#gateway?.reload();
    else void this.#gateway?.rollback(news.version ?? undefined);
  }

  async #answer(question: FleetQuestion): Promise<unknown> {
    if (question.type === 'trace') return this.#gateway?.trace(question.requestId) ?? null;
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
