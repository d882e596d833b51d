import { setImmediate as breathe } from 'node:timers/promises';
import type { MaybePromise } from '../../../sdk/plugin.ts';
import type { Trace } from '../../../sdk/trace.ts';
import { CaseError } from '../../policy-test/case.ts';
import { runSituation, type Stage } from '../../policy-test/run.ts';
import { situationOf } from '../../policy-test/situation.ts';
import type { FolderSnapshot } from '../../program/folder.ts';
import { type Outcome, outcomeOf } from '../../replay/outcome.ts';
import { systemClock } from '../../services/clock.ts';
import { recordedRequest } from './recorded-request.ts';
import type { Watch } from './watch.ts';
import { watchedProgram } from './watched-program.ts';

const maxGroups = 50;
const maxExamples = 5;
/** Real time for all records together. */
const maxMs = 10_000;
/** What a record can say: digests of texts that nobody has say nothing. */
const parts = [
  'verdict',
  'targets',
  'constraints',
  'tags',
  'verbs',
] as const satisfies readonly (keyof Outcome)[];

/** Requests that would be decided otherwise in the same way. */
export interface ImpactGroup {
  /** Such as `verdict: allowed → 403 no_free`. */
  readonly what: string;
  readonly count: number;
  /** Request ids. */
  readonly examples: readonly string[];
}

export interface Impact {
  /** Requests whose decisions are known under both programs. */
  readonly compared: number;
  /** Requests of which the record does not hold what the draft asks for. */
  readonly unknown: number;
  readonly changed: number;
  readonly groups: readonly ImpactGroup[];
  /** Requests for which the time did not suffice. */
  readonly not_reached: number;
}

export interface ImpactOptions {
  /** Ids of requests. */
  readonly ids: readonly string[];
  /** The record of one, where it is still kept. */
  record(requestId: string): MaybePromise<Trace | undefined>;
  readonly before: Stage;
  readonly after: Stage;
  /** Policy files that differ. */
  readonly changedFiles: ReadonlySet<string>;
  /** False ends it early. */
  readonly wanted: () => boolean;
}

/**
 * Sends recorded requests past two programs and counts what is decided otherwise. A request whose changed policies look at
 * what no record holds (texts, most headers, budgets, answers) is unknown. Files that are the same on both sides are taken to
 * decide the same; where one of them looks at such things, what depends on it is unknown as well.
 */
export async function impactOf({
  ids,
  record,
  before,
  after,
  changedFiles,
  wanted,
}: ImpactOptions): Promise<Impact> {
  const groups = new Map<string, { count: number; examples: string[] }>();
  const count = { compared: 0, unknown: 0, changed: 0, not_reached: 0 };
  const identified = !before.program.steps.some(({ authenticates }) => authenticates === true);
  const startedMs = systemClock.monotonic();
  for (const [index, id] of ids.entries()) {
    // Requests get their turn between any two records.
    await breathe();
    if (!wanted() || systemClock.monotonic() - startedMs > maxMs) {
      count.not_reached = ids.length - index;
      break;
    }
    const trace = await record(id);
    if (trace === undefined) continue;
    const told = await compare(trace, before, after, changedFiles, identified);
    if (told === null) {
      count.unknown += 1;
      continue;
    }
    count.compared += 1;
    if (told.length > 0) count.changed += 1;
    for (const what of told) addTo(groups, what, id);
  }
  return {
    ...count,
    groups: [...groups]
      .map(([what, group]) => ({ what, ...group }))
      .sort((a, b) => b.count - a.count)
      .slice(0, maxGroups),
  };
}

/** What is decided otherwise about a request, in words; null where nobody can know. */
async function compare(
  trace: Trace,
  before: Stage,
  after: Stage,
  changedFiles: ReadonlySet<string>,
  identified: boolean,
): Promise<readonly string[] | null> {
  const { given, known } = recordedRequest(trace, identified);
  const state = { missing: false, isTainted: false };
  const watchOf = (file: string): Watch => {
    const isChanged = changedFiles.has(file);
    return {
      known,
      missing: () => {
        if (isChanged) state.missing = true;
        else state.isTainted = true;
      },
      tagsRead: () => {
        if (isChanged && state.isTainted) state.missing = true;
      },
    };
  };
  const run = async (stage: Stage): Promise<Outcome | string> => {
    // What was unclear under one program is not unclear under the other before it gets there.
    state.isTainted = false;
    const program = watchedProgram(stage.program, watchOf);
    try {
      const situation = situationOf(given, stage.setup.services.models);
      return outcomeOf(await runSituation(situation, { ...stage, program }));
    } catch (error) {
      if (error instanceof CaseError) return error.message;
      throw error;
    }
  };
  const old = await run(before);
  const wasTainted = state.isTainted;
  const next = await run(after);
  if (state.missing || typeof old === 'string' || typeof next === 'string') return null;
  const told = parts.flatMap((part) =>
    old[part] === next[part] ? [] : [`${part}: ${old[part] || 'none'} → ${next[part] || 'none'}`],
  );
  return told.length > 0 && (wasTainted || state.isTainted) ? null : told;
}

function addTo(
  groups: Map<string, { count: number; examples: string[] }>,
  what: string,
  requestId: string,
): void {
  // Values come from policies and requests: so many kinds of change are one kind, and the list stays a list.
  const name = groups.has(what) || groups.size < maxGroups - 1 ? what : 'others';
  const group = groups.get(name) ?? { count: 0, examples: [] };
  group.count += 1;
  if (group.examples.length < maxExamples) group.examples.push(requestId);
  groups.set(name, group);
}

/** Names of policy files that differ between two folders. */
export function changedPolicies(
  before: FolderSnapshot,
  after: FolderSnapshot,
  kind: 'policy' | 'plugin',
): Set<string> {
  const texts = ({ files }: FolderSnapshot) =>
    new Map(files.filter((file) => file.kind === kind).map(({ name, text }) => [name, text]));
  const [old, next] = [texts(before), texts(after)];
  return new Set([...old.keys(), ...next.keys()].filter((name) => old.get(name) !== next.get(name)));
}
