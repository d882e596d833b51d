import type { Clock, Log, Models } from '../../sdk/services.ts';
import { compilePolicy } from '../policy/compile.ts';
import { LARGE_FACTS } from '../policy/guest-facts.ts';
import { preludeSource } from '../policy/prelude-source.ts';
import { createSandbox } from '../sandbox/pool.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { shareModules } from '../sandbox/shared.ts';
import { systemClock } from '../services/clock.ts';
import type { LoadPolicies } from './load.ts';
import { loadPolicyFiles } from './policy-files.ts';

/** Turns policy scripts into steps. Owns the sandbox that they run in. */
export interface PolicyLoader {
  load(models: Models): LoadPolicies;
  readonly sandbox: Sandbox;
  close(): Promise<void>;
}

/** Connects the policies folder with the policy language and the sandbox. */
export function createPolicyLoader({
  clock,
  log,
}: {
  readonly clock: Clock;
  readonly log: Log;
}): PolicyLoader {
  // Real threads are watched in real time, whatever the clock of the gateway says.
  const sandbox = shareModules(
    createSandbox({ modules: { sluice: preludeSource() }, largeFacts: LARGE_FACTS, clock: systemClock, log }),
  );
  return {
    sandbox,
    close: () => sandbox.close(),
    load: (models) => (files, surroundings) =>
      loadPolicyFiles(files, surroundings, {
        models,
        sandbox,
        clock,
        log,
        compile: (file) => compilePolicy(file, { sandbox }),
      }),
  };
}
