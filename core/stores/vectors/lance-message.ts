import type { PurgeFilter } from '../purge-log.ts';

/** Rows of one number of dimensions, column by column: what crosses to the thread and back. */
export interface LanceRows {
  readonly dimensions: number;
  readonly namespaces: readonly string[];
  readonly ids: readonly string[];
  /** JSON text. */
  readonly metas: readonly string[];
  /** '' for nobody's. */
  readonly tenants: readonly string[];
  readonly tags: readonly (readonly string[])[];
  /** Milliseconds since the epoch; Infinity for never. */
  readonly expiresAtMs: Float64Array<ArrayBuffer>;
  /** One after the other. */
  readonly vectors: Float32Array<ArrayBuffer>;
}

export interface LanceFound {
  readonly id: string;
  readonly meta: string;
  readonly tenant: string;
  readonly tags: readonly string[];
  readonly score: number;
}

/** What may happen in one go: first removals, then additions. */
export interface LanceChanges {
  readonly nowMs: number;
  readonly removed: readonly (readonly [namespace: string, id: string])[];
  readonly added: readonly LanceRows[];
}

export interface LanceLimits {
  readonly nowMs: number;
  readonly maxEntries: number;
  /** Versions older than this are forgotten, their files removed. */
  readonly keepVersionsMs: number;
}

/** What the tables hold, counted while tidying. */
export interface LanceCounts {
  readonly rows: number;
  readonly fragments: number;
}

/** What the thread can be asked for. All write calls are carried out in the order in which they came. */
export interface LanceCalls {
  /** @returns namespaces that have rows, as `namespaceKey` gives them; null where there are too many to say. */
  open(): Promise<readonly string[] | null>;
  write(changes: LanceChanges): Promise<void>;
  purge(filter: PurgeFilter): Promise<void>;
  tidy(limits: LanceLimits): Promise<LanceCounts>;
  search(namespace: string, vector: Float32Array, k: number, nowMs: number): Promise<readonly LanceFound[]>;
  /** @returns the number of a reading, for `read`. */
  startReading(namespace: string, dimensions: number, nowMs: number): Promise<number>;
  /** @returns null at the end. */
  read(reading: number): Promise<LanceRows | null>;
  stopReading(reading: number): Promise<void>;
  close(): Promise<void>;
}

export type LanceCallName = keyof LanceCalls;

export type ToLance = {
  readonly [Name in LanceCallName]: {
    readonly id: number;
    readonly name: Name;
    readonly args: Parameters<LanceCalls[Name]>;
  };
}[LanceCallName];

/** `newer`: written by a version that this one does not know. `full`: no room on the disk. */
export type LanceFault = 'newer' | 'full' | 'failed';

export type FromLance =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly fault: LanceFault; readonly message: string };

export interface LanceSetup {
  /** A folder, or an address that LanceDB knows, such as `s3://bucket/folder`. */
  readonly uri: string;
  /** Credentials and such for object stores, as LanceDB names them. */
  readonly storageOptions: Readonly<Record<string, string>>;
  /** From so many rows on a table gets no more; another is begun. 50,000 by default. */
  readonly segmentRows?: number;
}
