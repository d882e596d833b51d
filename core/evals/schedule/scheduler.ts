import type { Cancel, Log } from '../../../sdk/services.ts';
import type { Transport } from '../../../sdk/transport.ts';
import type { EvalSchedule } from '../../config/evals.ts';
import { ProblemsError } from '../../problem.ts';
import { askGatewayAt } from '../ask.ts';
import type { EvalOutcome, EvalRun, EvalRuns } from '../eval-runs.ts';
import { EvalEvents } from './events.ts';
import { type Lease, type LeaseServices, takeLease } from './lease.ts';
import { type Ran, runScheduled } from './scheduled-run.ts';

/** How often it is looked whether a suite is due. */
const lookEveryMs = 30_000;
/** A gateway that has just started has more urgent things to do. */
const firstLookMs = 5_000;
/** How many runs without answers may lie between two that are compared for news. */
const maxLookedBack = 10;
/** Whose the costs are in the ledger, besides the key: `X-Feature-Id`. */
export const evalFeature = 'evals';

export interface SchedulerDeps extends LeaseServices {
  readonly log: Log;
  readonly http: Transport;
  readonly runs: () => EvalRuns;
  readonly schedules: () => readonly EvalSchedule[];
  /** Who asks where a schedule has no key of its own; null for nobody. */
  readonly masterKey: () => string | null;
  readonly firstAlias: () => string | null;
  /** Asks this very gateway. */
  readonly send: (request: Request) => Promise<Response>;
  readonly readFile: (path: string) => Promise<string>;
}

/** How a scheduled suite is, for metrics and the console. */
export interface EvalStatus {
  readonly schedule: EvalSchedule;
  /** Of any gateway that shares the store; null before the first. */
  readonly last: EvalRun | null;
  readonly running: boolean;
  /** Why it could not run; null where it could. */
  readonly problem: string | null;
  /** Runs of this process by how they ended; `error` where there was none to end. */
  readonly counts: Readonly<Partial<Record<EvalOutcome | 'error', number>>>;
}

class SuiteState {
  last: EvalRun | null = null;
  running = false;
  problem: string | null = null;
  /** The stretch that needs nothing more. */
  doneMs = -1;
  readonly counts: Partial<Record<EvalOutcome | 'error', number>> = {};

  count(outcome: EvalOutcome | 'error'): void {
    this.counts[outcome] = (this.counts[outcome] ?? 0) + 1;
  }
}

/**
 * Runs suites by the clock: each once in every stretch of its `every`, by one gateway of a fleet. What is asked goes
 * through the gateway like any client's request, by the policies in use, past the cache, and is paid by the schedule's key.
 */
export class EvalScheduler {
  readonly #deps: SchedulerDeps;
  readonly #events: EvalEvents;
  readonly #states = new Map<string, SuiteState>();
  #round: Promise<void> | null = null;
  readonly #abort = new AbortController();
  #cancel: Cancel | null = null;

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
    this.#events = new EvalEvents({ ...deps, newest: (schedule) => this.#newest(schedule) });
  }

  start(): void {
    if (this.#cancel === null) this.#lookIn(firstLookMs);
  }

  status(): readonly EvalStatus[] {
    return this.#deps.schedules().map((schedule) => {
      const { last, running, problem, counts } = this.#of(schedule);
      return { schedule, last, running, problem, counts };
    });
  }

  /** Breaks off what runs: another gateway, or this one after its start, does it again. */
  async close(): Promise<void> {
    this.#cancel?.();
    this.#abort.abort();
    await this.#round;
    await this.#events.close();
  }

  #of({ suite }: EvalSchedule): SuiteState {
    let state = this.#states.get(suite);
    if (state === undefined) {
      state = new SuiteState();
      this.#states.set(suite, state);
    }
    return state;
  }

  #lookIn(ms: number): void {
    this.#cancel = this.#deps.clock.after(ms, () => {
      this.#look();
      this.#lookIn(lookEveryMs);
    });
  }

  /** Suites run one after the other: those of one hour must not come at once. */
  #look(): void {
    this.#round ??= this.#visitAll().finally(() => {
      this.#round = null;
    });
  }

  async #visitAll(): Promise<void> {
    const schedules = this.#deps.schedules();
    const wanted = new Set(schedules.map(({ suite }) => suite));
    for (const suite of this.#states.keys()) if (!wanted.has(suite)) this.#states.delete(suite);
    for (const schedule of schedules) {
      if (this.#abort.signal.aborted) return;
      await this.#visit(schedule, this.#of(schedule));
    }
  }

  /** Runs the suite where it is due and nobody else does. Never rejects. */
  async #visit(schedule: EvalSchedule, state: SuiteState): Promise<void> {
    const { clock, log } = this.#deps;
    const { suite, everyMs } = schedule;
    const startMs = Math.floor(clock.now() / everyMs) * everyMs;
    if (state.doneMs === startMs) return;
    let lease: Lease | null = null;
    let done = false;
    try {
      const recent = await this.#deps.runs().newest(suite, maxLookedBack);
      const [last = null] = recent;
      state.last = last;
      if (last !== null && last.startedAtMs >= startMs) {
        state.doneMs = startMs;
        return;
      }
      const taken = await takeLease({ suite, startMs, everyMs }, this.#deps);
      if (taken === 'done') state.doneMs = startMs;
      if (taken === 'unknown')
        this.#complain(suite, state, 'the counters are out of reach: nobody knows who runs it');
      if (typeof taken === 'string') return;
      lease = taken;
      state.running = true;
      const ran = await this.#run(schedule);
      if (ran === null) return;
      done = true;
      state.doneMs = startMs;
      state.problem = null;
      state.last = ran.run;
      state.count(ran.run.outcome);
      // A run without answers in between changes nothing.
      this.#events.tell(schedule, ran, recent.find(({ outcome }) => outcome !== 'incomplete') ?? null);
      if (ran.notUnderstood.length > 0)
        log.warn({ suite, not_understood: ran.notUnderstood }, 'parts of a suite were left out');
    } catch (error) {
      // What is wrong with the suite is so until it is edited: the next stretch tries again, and not the next look.
      done = lease !== null;
      if (done) state.doneMs = startMs;
      this.#complain(suite, state, messageOf(error));
    } finally {
      state.running = false;
      await lease?.end(done).catch(() => undefined);
    }
  }

  /** The schedule with its secrets as they are now: a suite runs for minutes. */
  #newest(schedule: EvalSchedule): EvalSchedule {
    return this.#deps.schedules().find(({ suite }) => suite === schedule.suite) ?? schedule;
  }

  /** Says what is wrong once, however often it is found so. */
  #complain(suite: string, state: SuiteState, problem: string): void {
    if (state.problem === problem) return;
    state.problem = problem;
    state.count('error');
    this.#deps.log.error({ event: 'eval_error', suite, problem }, 'a suite could not run');
  }

  async #run(schedule: EvalSchedule): Promise<Ran | null> {
    const { clock, readFile, send, runs, firstAlias, masterKey } = this.#deps;
    const text = await readFile(schedule.file);
    const { signal } = this.#abort;
    const ask = askGatewayAt({
      send: (request) => {
        const own = new Request(request, { signal });
        own.headers.set('x-feature-id', evalFeature);
        return send(own);
      },
      url: 'http://gateway.local',
      key: () => this.#newest(schedule).key?.reveal() ?? masterKey(),
      nowMs: () => clock.monotonic(),
    });
    return runScheduled(schedule, text, {
      ask,
      runs: runs(),
      nowMs: () => clock.now(),
      firstAlias: firstAlias(),
      isAborted: () => signal.aborted,
    });
  }
}

function messageOf(error: unknown): string {
  if (error instanceof ProblemsError) {
    const [first] = error.problems;
    if (first !== undefined) return `${first.file}:${first.line}:${first.column}: ${first.message}`;
  }
  return error instanceof Error ? error.message : String(error);
}
