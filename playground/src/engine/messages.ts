import type { PlanPolicy } from '../../../core/policy/plan.ts';
import type { Given } from '../../../core/policy-test/case.ts';
import type { Coverage } from '../../../core/policy-test/coverage.ts';
import type { CaseStatus } from '../../../core/policy-test/run-case.ts';
import type { ScriptedCall } from '../../../core/policy-test/script.ts';
import type { Problem } from '../../../core/problem.ts';
import type { Json } from '../../../sdk/json.ts';
import type { Strategy, Tier } from '../../../sdk/target.ts';
import type { Trace } from '../../../sdk/trace.ts';

/** A file of the policies folder: name and text. */
export interface DraftFile {
  readonly name: string;
  readonly text: string;
}

/** What the engine knows of `gateway.yaml`: providers and aliases, no addresses and no keys. */
export interface EngineConfig {
  readonly version: string;
  readonly providers: readonly {
    readonly name: string;
    readonly kind: string;
    readonly region: string;
    readonly vendor: string | null;
    readonly tier: Tier | null;
  }[];
  readonly models: readonly {
    readonly alias: string;
    readonly strategy: Strategy;
    readonly targets: readonly {
      readonly target: string;
      readonly weight: number;
      readonly tier: Tier | null;
    }[];
  }[];
}

/** A folder to try, with the configuration it is tried with. */
export interface Draft {
  readonly config: EngineConfig;
  readonly files: readonly DraftFile[];
}

/** A line that a policy printed, and from where. */
export interface PrintedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly policy: string;
  readonly file: string;
  readonly text: string;
}

/** What came of loading a folder. `ok` is false where it would not serve. */
export interface Loaded {
  readonly ok: boolean;
  readonly version: string;
  readonly problems: readonly Problem[];
  readonly policies: readonly PlanPolicy[];
  /** Plugin files, and whether each runs in the page as well. */
  readonly plugins: readonly { readonly file: string; readonly plugin: string; readonly runs: boolean }[];
  /** What the files printed while they were loaded. */
  readonly printed: readonly PrintedLine[];
}

/** One piece of a stream: what the script sent, or what the client got. */
export interface StreamPiece {
  readonly side: 'sent' | 'got';
  readonly text: string;
}

/** What a provider would have been sent. */
export interface SentCall {
  readonly wire: ScriptedCall['wire'];
  readonly model: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
}

/** What came of one request. */
export interface Tried {
  readonly trace: Trace;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly responseText: string | null;
  readonly errorMessage: string | null;
  readonly calls: readonly SentCall[];
  /** The body as the client sent it. */
  readonly request: Json;
  readonly stream: readonly StreamPiece[];
  readonly printed: readonly PrintedLine[];
}

/** One case, and what came of it. */
export interface CaseOutcome {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly status: CaseStatus;
  readonly notes: readonly string[];
  /** Null where the case did not come to its end. */
  readonly trace: Trace | null;
}

export interface Tested {
  readonly cases: readonly CaseOutcome[];
  readonly problems: readonly Problem[];
  readonly coverage: Coverage;
}

/** What the page asks of the engine. */
export type Question =
  | { readonly type: 'load'; readonly draft: Draft }
  | { readonly type: 'try'; readonly draft: Draft; readonly given: Given }
  | { readonly type: 'test'; readonly draft: Draft };

export interface Answers {
  readonly load: Loaded;
  readonly try: { readonly loaded: Loaded; readonly tried: Tried | null; readonly error: string | null };
  readonly test: { readonly loaded: Loaded; readonly tested: Tested | null; readonly error: string | null };
}

export type ToEngine = { readonly id: number; readonly question: Question };
export type FromEngine =
  | { readonly type: 'ready' }
  /** A file was loaded or a case was run: it goes on. */
  | { readonly type: 'beat' }
  | { readonly type: 'failed'; readonly id: number | null; readonly message: string }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answers[keyof Answers] };
