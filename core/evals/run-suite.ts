import { type Answer, type Ask, AskError } from './ask.ts';
import { type Checked, check } from './check.ts';
import { type Spread, spreadOf } from './spread.ts';
import type { EvalCase, Suite } from './suite.ts';

/** What came of one case with one model, over all repetitions. */
export interface CaseResult {
  readonly name: string;
  readonly model: string;
  /** `unchecked`: no assertion of it was understood, so it cannot pass. */
  readonly state: 'passed' | 'failed' | 'error' | 'unchecked';
  readonly runs: number;
  /** Share of the repetitions that passed. */
  readonly passRate: number;
  readonly score: Spread;
  readonly latencyMs: Spread;
  /** Dollars of one run, the judge's not included; null where nobody knows. */
  readonly costUsd: Spread | null;
  readonly answeredBy: readonly string[];
  /** What did not hold, each once, and notes of the judge. */
  readonly notes: readonly string[];
}

export interface SuiteResult {
  readonly description: string;
  readonly models: readonly string[];
  readonly policyVersions: readonly string[];
  readonly repeat: number;
  readonly threshold: number;
  readonly passRate: number;
  readonly passed: boolean;
  readonly costUsd: number;
  readonly judgeCostUsd: number;
  readonly cases: readonly CaseResult[];
}

export interface RunOptions {
  readonly suite: Suite;
  readonly ask: Ask;
  /** Questions under way at once. */
  readonly concurrency: number;
  readonly onCase?: (result: CaseResult) => void;
}

/** Asks every question of a suite, each so often as it says. Results are in the order of the suite. */
export async function runSuite({ suite, ask, concurrency, onCase }: RunOptions): Promise<SuiteResult> {
  const jobs = suite.models.flatMap((model) => suite.cases.map((one) => ({ model, one })));
  const results: Done[] = new Array<Done>(jobs.length);
  const queue = jobs.entries();
  const worker = async () => {
    for (const [index, { model, one }] of queue) {
      const done = await runCase(one, model, suite, ask);
      results[index] = done;
      onCase?.(done.result);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(concurrency, jobs.length)) }, worker));
  const cases = results.map(({ result }) => result);
  const passRate = cases.filter(({ state }) => state === 'passed').length / Math.max(1, cases.length);
  const sum = (part: (done: Done) => number) => results.reduce((total, done) => total + part(done), 0);
  return {
    description: suite.description,
    models: suite.models,
    policyVersions: [...new Set(results.flatMap(({ versions }) => versions))],
    repeat: suite.repeat,
    threshold: suite.threshold,
    passRate,
    passed: passRate >= suite.threshold,
    costUsd: sum(({ costUsd }) => costUsd),
    judgeCostUsd: sum(({ judgeCostUsd }) => judgeCostUsd),
    cases,
  };
}

interface Done {
  readonly result: CaseResult;
  readonly versions: readonly string[];
  readonly costUsd: number;
  readonly judgeCostUsd: number;
}

interface One {
  readonly answer: Answer | null;
  readonly error: string | null;
  readonly checked: readonly Checked[];
  readonly score: number;
  readonly pass: boolean;
}

async function runCase(one: EvalCase, model: string, suite: Suite, ask: Ask): Promise<Done> {
  const runs: One[] = [];
  for (let run = 0; run < suite.repeat; run += 1) runs.push(await runOnce(one, model, suite, ask));
  const answers = runs.flatMap(({ answer }) => (answer === null ? [] : [answer]));
  const passRate = runs.filter(({ pass }) => pass).length / runs.length;
  const costs = answers.flatMap(({ costUsd }) => (costUsd === null ? [] : [costUsd]));
  const errors = runs.flatMap(({ error }) => (error === null ? [] : [error]));
  const said = runs.flatMap(({ checked }) =>
    checked.filter(({ note }) => note !== '').map(({ type, note }) => `${type}: ${note}`),
  );
  const state =
    one.assertions.length === 0
      ? 'unchecked'
      : errors.length > 0
        ? 'error'
        : passRate === 1
          ? 'passed'
          : 'failed';
  return {
    result: {
      name: one.name,
      model,
      state,
      runs: runs.length,
      passRate,
      score: spreadOf(runs.map(({ score }) => score)),
      latencyMs: spreadOf(answers.map(({ latencyMs }) => latencyMs)),
      costUsd: costs.length === 0 ? null : spreadOf(costs),
      answeredBy: [...new Set(answers.map((answer) => answer.model))],
      notes: [
        ...new Set([...errors, ...said, ...(state === 'unchecked' ? ['no assertion was understood'] : [])]),
      ],
    },
    versions: answers.flatMap(({ policyVersion }) => (policyVersion === null ? [] : [policyVersion])),
    costUsd: costs.reduce((total, cost) => total + cost, 0),
    judgeCostUsd: runs.flatMap(({ checked }) => checked).reduce((total, { costUsd }) => total + costUsd, 0),
  };
}

async function runOnce(one: EvalCase, model: string, suite: Suite, ask: Ask): Promise<One> {
  let answer: Answer;
  try {
    answer = await ask({ ...one.params, model, messages: one.messages });
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    return { answer: null, error: error.message, checked: [], score: 0, pass: false };
  }
  const checked: Checked[] = [];
  for (const assertion of one.assertions) {
    checked.push(await check(assertion, answer, one, { ask, model: suite.judge }));
  }
  const weights = one.assertions.map(({ weight }) => weight);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const score =
    total === 0 ? 1 : checked.reduce((sum, each, index) => sum + each.score * weights[index]!, 0) / total;
  const all = checked.every(({ pass }, index) => pass || weights[index] === 0);
  return { answer, error: null, checked, score, pass: one.threshold === null ? all : score >= one.threshold };
}
