import { readFile } from 'node:fs/promises';
import { EvalScheduler } from '../evals/schedule/scheduler.ts';
import type { Foundations } from './setup.ts';
import type { Setups } from './setups.ts';

/**
 * The schedule of a gateway's suites.
 *
 * @param send asks this gateway, without a socket.
 */
export function evalScheduler(
  { base, http, stores }: Foundations,
  setups: Setups,
  send: (request: Request) => Promise<Response>,
): EvalScheduler {
  return new EvalScheduler({
    clock: base.clock,
    ids: base.ids,
    log: base.log,
    http,
    counters: () => stores.counters,
    runs: () => stores.evalRuns,
    schedules: () => setups.current.config.evals,
    masterKey: () => setups.current.config.auth.masterKey?.reveal() ?? null,
    firstAlias: () => setups.current.services.models.aliases[0] ?? null,
    send,
    readFile: (path) => readFile(path, 'utf8'),
  });
}
