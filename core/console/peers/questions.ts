import type { HealthState } from '../../../sdk/health.ts';
import type { FolderSnapshot } from '../../program/folder.ts';
import type { MinuteJson } from '../overview/minute-json.ts';
import type { Place } from '../traffic/place.ts';
import type { Summary } from '../traffic/summary.ts';

/** What the consoles of one address ask each other. They are of one release or of the one before: a restart is rolling. */
export type PeerQuestion =
  | TrafficQuestion
  | TailQuestion
  | NumbersQuestion
  | { readonly type: 'tenants' }
  /** A session was ended by hand. */
  | { readonly type: 'ended'; readonly id: string; readonly expiresAtMs: number }
  /** Somebody tried a wrong master key. */
  | { readonly type: 'wrong_key'; readonly address: string }
  /** Asked by one that is about to serve. */
  | { readonly type: 'join' }
  | { readonly type: 'program' }
  | { readonly type: 'snapshot'; readonly version: string }
  /** The folder holds this version, and it is to be in use. */
  | { readonly type: 'activate'; readonly version: string }
  /** This version is to be in use whatever the folder holds. */
  | { readonly type: 'go_back'; readonly snapshot: FolderSnapshot };

export interface TrafficQuestion {
  readonly type: 'traffic';
  /** Of the filter, as a query. */
  readonly filter: string;
  readonly limit: number;
  readonly before: Place | null;
}

export interface TailQuestion {
  readonly type: 'tail';
  readonly filters: readonly {
    readonly query: string;
    /** What ended earlier is not wanted. */
    readonly sinceMs: number;
    /** The last number that was looked at, by id of the process. */
    readonly after: Readonly<Record<string, number>>;
  }[];
}

export interface NumbersQuestion {
  readonly type: 'numbers';
  /** The wall clock of the one that asks, so that all cut at the same minute. */
  readonly nowMs: number;
  readonly minutes: number;
  readonly width: number;
}

/** A request and where it stands among those of all processes. */
export interface Row {
  readonly summary: Summary;
  readonly place: Place;
}

/** What each question is answered with. */
export interface PeerAnswers {
  readonly traffic: { readonly rows: readonly Row[]; readonly more: boolean };
  readonly tail: TailAnswer;
  readonly numbers: {
    readonly buckets: readonly MinuteJson[];
    readonly health: readonly HealthState[];
    readonly inFlight: number;
  };
  readonly tenants: readonly string[];
  readonly ended: true;
  readonly wrong_key: true;
  readonly join: JoinAnswer;
  readonly program: ProgramAnswer;
  readonly snapshot: FolderSnapshot | null;
  readonly activate: ProgramAnswer;
  readonly go_back: ProgramAnswer;
}

export interface TailAnswer {
  readonly source: number;
  /** The last row that was looked at; given back as `after`. */
  readonly last: number;
  /** `fits` are the indexes of the filters. */
  readonly rows: readonly { readonly row: Row; readonly fits: readonly number[] }[];
  /** How many of each filter were left out. */
  readonly skipped: readonly number[];
}

export interface JoinAnswer {
  /** Sessions that were ended by hand: ids and when they would have ended anyway. */
  readonly ended: readonly (readonly [id: string, expiresAtMs: number])[];
  /** The version in use where it is not the folder's, because somebody went back to it. */
  readonly wentBack: { readonly snapshot: FolderSnapshot; readonly over: string } | null;
}

export interface ProgramAnswer {
  readonly version: string;
  /** Versions that this one can go back to. */
  readonly versions: readonly {
    readonly version: string;
    readonly loadedAtMs: number | null;
    readonly files: number | null;
  }[];
}
