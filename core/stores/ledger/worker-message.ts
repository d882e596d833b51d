import type {
  LedgerDimension,
  LedgerFilter,
  LedgerRow,
  LedgerScope,
  LedgerSum,
} from '../../../sdk/ledger.ts';
import type { SqliteDurability } from '../sqlite.ts';
import type { WrittenRow } from './row.ts';

/** What a thread of the SQLite ledger can be asked for. */
export interface LedgerCalls {
  sum(by: readonly LedgerDimension[], filter: LedgerFilter, limit: number | undefined): LedgerSum[];
  rows(filter: LedgerFilter, limit: number, offset: number): LedgerRow[];
  spend(scopes: readonly LedgerScope[]): LedgerSum[];
  append(rows: readonly WrittenRow[]): void;
  prune(beforeMs: number): number;
  checkpoint(): void;
  close(): void;
}

export type CallName = keyof LedgerCalls;

/** To the thread. */
export type ToWorker = {
  readonly [Name in CallName]: {
    readonly id: number;
    readonly name: Name;
    readonly args: Parameters<LedgerCalls[Name]>;
  };
}[CallName];

/** From the thread: the answer, or what went wrong in words and SQLite's code where it was SQLite. */
export type FromWorker =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | {
      readonly id: number;
      readonly ok: false;
      readonly message: string;
      readonly kind: 'sqlite' | 'range' | 'other';
    };

export interface WorkerSetup {
  readonly path: string;
  readonly durability: SqliteDurability;
  /** Readers cannot write, whatever they are asked. */
  readonly readOnly: boolean;
}
