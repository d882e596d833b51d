import type { Trace } from '../../sdk/trace.ts';

/** What a gateway tells the others at its address. */
export type FleetNews =
  | { readonly type: 'reload' }
  /** Null for the version before the present one. */
  | { readonly type: 'rollback'; readonly version: string | null };

/** The processes that serve at one address with this one. */
export interface Fleet {
  /** The metrics of all of them together, in the text format of Prometheus. */
  metrics(): Promise<string>;
  /** The decision record of a request that one of them has answered. */
  trace(requestId: string): Promise<Trace | undefined>;
  /** The others do the same; nobody waits for it. */
  tell(news: FleetNews): void;
}
