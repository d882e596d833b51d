import type { PurgeFilter } from '../purge-log.ts';

/** Rows of one number of dimensions, column by column: what crosses to LanceDB's process and back. */
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

export type LanceName = readonly [namespace: string, id: string];

/** What may happen in one go: first removals, then additions. */
export interface LanceChanges {
  readonly nowMs: number;
  /** Others hear of these. */
  readonly removed: readonly LanceName[];
  /** Something of these may be there: it goes before they are added. */
  readonly replaced: readonly LanceName[];
  readonly added: readonly LanceRows[];
}

/** A row as one gateway wrote it, that is to go although another gateway's of the same name may stay. */
export type LanceVersion = readonly [namespace: string, id: string, addedAtMs: number];

/** What a gateway tells others of: in their memory it must go, too. `recalled`: only what the gateway had added itself. */
export type LanceRemoval =
  | { readonly purge: PurgeFilter }
  | { readonly removed: readonly LanceName[] }
  | { readonly recalled: readonly LanceName[] };

export interface LanceNews {
  /** `change` is the JSON text of a `LanceRemoval`, by another version of the gateway perhaps. */
  readonly rows: readonly { readonly id: string; readonly change: string }[];
  readonly more: boolean;
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

/** What LanceDB's process can be asked for. All write calls are carried out in the order in which they came. */
export interface LanceCalls {
  /** @returns namespaces that have rows, as `namespaceKey` gives them, end to end; null where there are too many. */
  open(): Promise<string | null>;
  write(changes: LanceChanges): Promise<void>;
  purge(filter: PurgeFilter, nowMs: number): Promise<void>;
  /** Removes rows that this gateway wrote before it heard of a removal by another. */
  recall(versions: readonly LanceVersion[], nowMs: number): Promise<void>;
  /** What other gateways removed; a process that was started again may tell some of it again. */
  news(): Promise<LanceNews>;
  tidy(limits: LanceLimits): Promise<LanceCounts>;
  search(namespace: string, vector: Float32Array, k: number, nowMs: number): Promise<readonly LanceFound[]>;
  /** @returns the number of a reading, for `read`. */
  startReading(namespace: string, dimensions: number, nowMs: number): Promise<number>;
  /** @returns null at the end. Fails where the reading was begun by a process that has ended. */
  read(reading: number): Promise<LanceRows | null>;
  /** After every reading, whether it came to its end or not. */
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

export type LanceAnswer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly fault: LanceFault; readonly message: string };

/** An answer, and what memory the process takes by now. */
export type FromLance = LanceAnswer & { readonly rssBytes: number };

export interface LanceSetup {
  /** A folder, or an address that LanceDB knows, such as `s3://bucket/folder`. */
  readonly uri: string;
  /** Names this gateway among those that share the tables. */
  readonly writer: string;
  /** Credentials and such for object stores, as LanceDB names them. */
  readonly storageOptions: Readonly<Record<string, string>>;
  /** From so many rows on a table gets no more; another is begun. 50,000 by default. */
  readonly segmentRows?: number;
}
