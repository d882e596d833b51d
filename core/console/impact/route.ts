import { GatewayError } from '../../../sdk/errors.ts';
import type { MaybePromise } from '../../../sdk/plugin.ts';
import type { Trace } from '../../../sdk/trace.ts';
import type { Peer } from '../../cluster/fleet.ts';
import type { FolderSnapshot } from '../../program/folder.ts';
import type { PolicyLoader } from '../../program/policy-loader.ts';
import { sendJson } from '../../server/app.ts';
import type { Route } from '../../server/routes.ts';
import { adminRoute, type ConsoleRouteDeps, readJson } from '../json-routes.ts';
import { together, workersJson } from '../peers/peers.ts';
import { DraftRefused } from '../policies/activation.ts';
import { draftFolder } from '../policies/draft-folder.ts';
import type { DraftSandbox } from '../policies/draft-sandbox.ts';
import { readPosted } from '../policies/posted-files.ts';
import { maxDraftBytes, sendRefused } from '../policies/routes.ts';
import { openTrial, problemsOf, type Trial, type TrialDeps } from '../policies/trial.ts';
import { Turns } from '../policies/turns.ts';
import type { AllTraffic, TrafficPage } from '../traffic/all-traffic.ts';
import { filterOf } from '../traffic/filter.ts';
import type { Place } from '../traffic/place.ts';
import { changedPolicies, impactOf } from './impact.ts';

/** What the route needs of the gateway. */
export interface ImpactRouteDeps extends ConsoleRouteDeps {
  /** The folder in use. */
  base(): Promise<FolderSnapshot>;
  readonly sandbox: DraftSandbox;
  readonly trial: TrialDeps;
  readonly traffic: AllTraffic;
  /** The record of a request that is still kept. */
  trace(requestId: string): MaybePromise<Trace | undefined>;
}

const defaultLast = 1000;
const maxLast = 2000;

/** `POST /playground/api/policies/impact`: what a draft would have decided otherwise lately. */
export function impactRoute(deps: ImpactRouteDeps): Route {
  const turns = new Turns('comparisons of drafts', 1, 1);
  return adminRoute(deps, 'POST', '/policies/impact', async (incoming) => {
    const body = await readJson(incoming, maxDraftBytes, deps.clock);
    const last = body['last'] ?? defaultLast;
    if (typeof last !== 'number' || !Number.isInteger(last) || last < 1 || last > maxLast) {
      throw new GatewayError('invalid_request', `last: expected a whole number from 1 to ${maxLast}.`, {
        param: 'last',
      });
    }
    const base = await deps.base();
    const draft = await draftFolder(base, readPosted(body['files']));
    try {
      const result = await turns.run(() =>
        deps.sandbox.use((loader) => compare(base, draft, last, loader, deps, () => incoming.sink.open)),
      );
      sendJson(incoming, 200, result);
    } catch (error) {
      if (!(error instanceof DraftRefused)) throw error;
      sendRefused(incoming, error);
    }
  });
}

async function compare(
  base: FolderSnapshot,
  draft: FolderSnapshot,
  last: number,
  loader: PolicyLoader,
  { trial, traffic, trace }: ImpactRouteDeps,
  wanted: () => boolean,
): Promise<object> {
  const opened: Trial[] = [];
  const open = async (snapshot: FolderSnapshot): Promise<Trial> => {
    try {
      const one = await openTrial(snapshot, loader, trial);
      opened.push(one);
      return one;
    } catch (error) {
      throw new DraftRefused('The draft does not load.', problemsOf(error));
    }
  };
  try {
    const [before, after] = [await open(base), await open(draft)];
    const { ids, peers } = await lastIds(traffic, last);
    const impact = await impactOf({
      ids,
      record: trace,
      before,
      after,
      changedFiles: changedPolicies(base, draft, 'policy'),
      wanted,
    });
    return {
      ...impact,
      // Plugins have effects outside and do not run here.
      not_compared: [...changedPolicies(base, draft, 'plugin')].sort(),
      workers: workersJson(peers),
    };
  } finally {
    for (const one of opened) await one.close();
  }
}

/** Runs of drafts are nobody's traffic. */
async function lastIds(traffic: AllTraffic, last: number) {
  const ids: string[] = [];
  const all = filterOf('');
  let peers: readonly Peer[] | null = null;
  let before: Place | null = null;
  do {
    const page: TrafficPage = await traffic.page(all, last, before);
    for (const { summary } of page.rows) {
      if (ids.length < last && !summary.draft) ids.push(summary.request_id);
    }
    peers = together(peers, page.peers);
    before = page.next;
  } while (before !== null && ids.length < last);
  return { ids, peers };
}
