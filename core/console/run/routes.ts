import type { FolderSnapshot } from '../../program/folder.ts';
import type { PolicyLoader } from '../../program/policy-loader.ts';
import type { Program } from '../../program/step.ts';
import type { Incoming } from '../../server/incoming.ts';
import type { Route } from '../../server/routes.ts';
import { adminRoute, type ConsoleRouteDeps, readJson } from '../json-routes.ts';
import { DraftRefused } from '../policies/activation.ts';
import { draftFolder } from '../policies/draft-folder.ts';
import type { DraftSandbox } from '../policies/draft-sandbox.ts';
import { readPosted } from '../policies/posted-files.ts';
import { maxDraftBytes, sendRefused } from '../policies/routes.ts';
import { problemsOf } from '../policies/trial.ts';
import { Turns } from '../policies/turns.ts';
import { closeDraft, type DraftRunDeps, runDraft } from './draft-run.ts';
import { readRunRequest } from './run-request.ts';

/** What the route of runs needs of the gateway. */
export interface RunRouteDeps extends ConsoleRouteDeps, DraftRunDeps {
  readonly sandbox: DraftSandbox;
  /** What drafts are completed by. */
  base(): Promise<FolderSnapshot>;
  /** Makes a program of a draft on what serves: its stores, its providers. */
  load(draft: FolderSnapshot, loader: PolicyLoader): Promise<Program>;
  /** Longest request body. */
  readonly bodyLimitBytes: () => number;
}

const maxRuns = 4;

/** `POST /playground/api/run`: one request past a draft. */
export function runRoutes(deps: RunRouteDeps): Route[] {
  const turns = new Turns('runs of drafts', maxRuns, 0);
  return [
    adminRoute(deps, 'POST', '/run', async (incoming) => {
      const body = await readJson(incoming, maxDraftBytes + deps.bodyLimitBytes(), deps.clock);
      const request = readRunRequest(body);
      const draft = await draftFolder(await deps.base(), readPosted(body['files']));
      await turns.run(() =>
        deps.sandbox.use(async (loader) => {
          const program = await loaded(incoming, draft, loader, deps);
          if (program === null) return;
          try {
            await runDraft(incoming, request, program, deps);
          } finally {
            await closeDraft(program);
          }
        }),
      );
    }),
  ];
}

/** The draft as a program; null where the client was told why it is none. */
async function loaded(
  incoming: Incoming,
  draft: FolderSnapshot,
  loader: PolicyLoader,
  { load }: RunRouteDeps,
): Promise<Program | null> {
  try {
    return await load(draft, loader);
  } catch (error) {
    sendRefused(incoming, new DraftRefused('The draft does not load.', problemsOf(error)));
    return null;
  }
}
