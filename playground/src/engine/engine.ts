import { CaseError, type Given, type PolicyCase } from '../../../core/policy-test/case.ts';
import { readCases } from '../../../core/policy-test/cases.ts';
import { coverageOf } from '../../../core/policy-test/coverage.ts';
import { type Run, runSituation, type Stage } from '../../../core/policy-test/run.ts';
import { type CaseResult, runCase } from '../../../core/policy-test/run-case.ts';
import { situationOf } from '../../../core/policy-test/situation.ts';
import type { WasmModule } from '../../../core/sandbox/wasm.ts';
import type { Json } from '../../../sdk/json.ts';
import type { Clock } from '../../../sdk/services.ts';
import type { Trace } from '../../../sdk/trace.ts';
import { type DraftProgram, loadDraft } from './draft-program.ts';
import { LocalSandbox } from './local-sandbox.ts';
import type {
  Answers,
  CaseOutcome,
  Draft,
  Loaded,
  Question,
  StreamPiece,
  Tested,
  Tried,
} from './messages.ts';
import { PrintLog } from './print-log.ts';

/** Cases that one question may run; a folder with more is tested by the gateway. */
const maxCases = 500;

export interface EngineParts {
  /** The compiled QuickJS. */
  readonly wasm: WasmModule;
  /** JavaScript of the module `sluice`. */
  readonly prelude: string;
  /** For what the records say of durations. */
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Called while a question goes on as it should, often: whoever waits knows. */
  readonly beat?: () => void;
}

/**
 * The gateway's decisions without a gateway: its policy language, sandbox, pipeline and case runner over files that are
 * given, answered by a script. One question at a time.
 */
export class Engine {
  readonly #sandbox: LocalSandbox;
  readonly #log = new PrintLog();
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #beat: () => void;
  /** The last folder, by its text: requests are tried on the same one again and again. */
  #last: { readonly key: string; readonly program: DraftProgram } | undefined;

  static async create({ wasm, prelude, clock, beat }: EngineParts): Promise<Engine> {
    const heard = beat ?? (() => undefined);
    return new Engine(await LocalSandbox.create(wasm, prelude, heard), clock, heard);
  }

  private constructor(sandbox: LocalSandbox, clock: Pick<Clock, 'monotonic'>, beat: () => void) {
    this.#beat = beat;
    this.#sandbox = sandbox;
    this.#clock = clock;
  }

  async answer(question: Question): Promise<Answers[keyof Answers]> {
    const program = await this.#program(question.draft);
    const { loaded } = program;
    this.#beat();
    if (question.type === 'load') return loaded;
    const { stage } = program;
    if (stage === null) {
      const error = 'the folder does not load; see its problems';
      return question.type === 'try' ? { loaded, tried: null, error } : { loaded, tested: null, error };
    }
    if (question.type === 'test') {
      return { loaded, tested: await this.#test(question.draft, stage, loaded), error: null };
    }
    try {
      return { loaded, tried: await this.#try(question.given, stage), error: null };
    } catch (error) {
      if (error instanceof CaseError) return { loaded, tried: null, error: error.message };
      throw error;
    }
  }

  async #program(draft: Draft): Promise<DraftProgram> {
    const key = JSON.stringify(draft);
    if (this.#last?.key === key) return this.#last.program;
    this.#log.take();
    const program = await loadDraft(draft, {
      sandbox: this.#sandbox,
      clock: this.#clock,
      log: this.#log,
      beat: this.#beat,
    });
    this.#last = { key, program };
    return program;
  }

  async #try(given: Given, stage: Stage): Promise<Tried> {
    const situation = situationOf(given, stage.setup.services.models);
    const stream: StreamPiece[] = [];
    this.#log.take();
    const run = await runSituation(situation, stage, undefined, {
      sent: (text) => stream.push({ side: 'sent', text }),
      got: (text) => stream.push({ side: 'got', text }),
    });
    return triedOf(run, situation.body, stream, this.#log.take());
  }

  async #test({ files }: Draft, stage: Stage, { policies }: Loaded): Promise<Tested> {
    const cases: PolicyCase[] = [];
    const problems = [];
    for (const { name, text } of files) {
      if (!/\.policy\.test\.ya?ml$/.test(name)) continue;
      const read = readCases(text, name);
      cases.push(...read.cases);
      problems.push(...read.problems);
    }
    const results: CaseResult[] = [];
    for (const one of cases.slice(0, maxCases)) {
      results.push(await runCase(one, stage, { policies }));
      this.#beat();
    }
    const traces: Trace[] = results.flatMap(({ run }) => (run === null ? [] : [run.trace]));
    this.#log.take();
    return { cases: results.map(outcomeOf), problems, coverage: coverageOf(policies, traces) };
  }
}

function outcomeOf({ of, status, notes, run }: CaseResult): CaseOutcome {
  const { file, place, name } = of;
  return { file, line: place.line, name, status, notes, trace: run?.trace ?? null };
}

function triedOf(run: Run, request: Json, stream: readonly StreamPiece[], printed: Tried['printed']): Tried {
  const { trace, response, responseText, errorMessage, calls } = run;
  return {
    trace,
    status: response.status,
    headers: response.headers,
    body: response.body,
    responseText,
    errorMessage,
    calls: calls.map(({ wire, model, record }) => ({
      wire,
      model,
      headers: record.request.headers,
      body: record.json,
    })),
    request,
    stream,
    printed,
  };
}
