import { GatewayError } from '../../sdk/errors.ts';
import { type EvalRun, type EvalRuns, maxKeptRuns } from '../evals/eval-runs.ts';
import type { EvalStatus } from '../evals/schedule/scheduler.ts';
import { sendError } from './app.ts';
import type { AdminAccess } from './auth.ts';
import type { Incoming } from './incoming.ts';
import { readQuery } from './query.ts';
import type { Handler, Route } from './routes.ts';
import { sendPieces } from './send-pieces.ts';

/** What the routes of scheduled suites need of the gateway. */
export interface EvalDeps {
  readonly auth: () => AdminAccess;
  readonly suites: () => readonly EvalStatus[];
  readonly runs: () => EvalRuns;
}

const json = 'application/json; charset=utf-8';

/** Tells how scheduled suites are and what their runs gave, for the owner of the master key. */
export function evalRoutes({ auth, suites, runs }: EvalDeps): Route[] {
  const admin = (answer: (incoming: Incoming) => Promise<object> | object): Handler =>
    async function checked(incoming) {
      try {
        auth().admit(incoming);
        await sendPieces(incoming, json, [`${JSON.stringify(await answer(incoming))}\n`]);
      } catch (error) {
        sendError(incoming, errorOf(error));
      }
    };
  return [
    {
      method: 'GET',
      path: '/evals',
      access: 'admin',
      handle: admin((incoming) => {
        readQuery(incoming.url, []);
        return { suites: suites().map(statusJson) };
      }),
    },
    {
      method: 'GET',
      path: '/evals/runs',
      access: 'admin',
      handle: admin(async (incoming) => {
        const query = readQuery(incoming.url, ['suite', 'limit']);
        const suite = query.text('suite');
        const limit = query.whole('limit', 1, maxKeptRuns + 1) ?? 10;
        const known = suites().map(({ schedule }) => schedule.suite);
        if (suite === undefined || !known.includes(suite)) {
          throw new GatewayError(
            'invalid_request',
            `Expected suite=NAME of a scheduled suite; there are: ${known.join(', ') || 'none'}.`,
          );
        }
        return { suite, runs: (await runs().newest(suite, limit)).map(runJson) };
      }),
    },
  ];
}

function errorOf(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  return new GatewayError('internal_error', 'The gateway failed on this request.', { cause: error });
}

function statusJson({ schedule, last, running, problem }: EvalStatus): object {
  const { suite, everyMs, against } = schedule;
  return {
    suite,
    every_ms: everyMs,
    against,
    running,
    problem,
    last: last === null ? null : summaryJson(last),
  };
}

function summaryJson({ startedAtMs, endedAtMs, outcome, regressed, result, digest }: EvalRun): object {
  return {
    started_at: new Date(startedAtMs).toISOString(),
    ended_at: new Date(endedAtMs).toISOString(),
    outcome,
    suite_version: digest,
    pass_ratio: result.passRate,
    cases: result.cases.length,
    regressed,
    models: result.models,
    policy_versions: result.policyVersions,
    cost_usd: result.costUsd,
    judge_cost_usd: result.judgeCostUsd,
  };
}

/** The result is what `sluice eval --json` prints and `--compare` takes. */
function runJson(run: EvalRun): object {
  return { ...summaryJson(run), result: run.result };
}
