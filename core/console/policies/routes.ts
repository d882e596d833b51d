import { GatewayError } from '../../../sdk/errors.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import { openAiErrorBody } from '../../dialects/openai-error.ts';
import { ProblemsError } from '../../problem.ts';
import type { FolderSnapshot } from '../../program/folder.ts';
import { programRow } from '../../program/program-row.ts';
import type { Programs } from '../../program/registry.ts';
import type { Incoming } from '../../server/incoming.ts';
import type { Route } from '../../server/routes.ts';
import { adminRoute, type ConsoleRouteDeps, getJson, postJson, readJson } from '../json-routes.ts';
import type { ProgramAnswer } from '../peers/questions.ts';
import { Activation, DraftRefused } from './activation.ts';
import type { AllPrograms } from './all-programs.ts';
import { type CheckResult, checkFolder } from './check.ts';
import { changesOf, draftFolder, isEditable } from './draft-folder.ts';
import type { DraftSandbox } from './draft-sandbox.ts';
import type { PolicyFolder } from './policy-folder.ts';
import { readPosted } from './posted-files.ts';
import type { TrialDeps } from './trial.ts';
import { Turns } from './turns.ts';

/** What the routes of policies need of the gateway. */
export interface PolicyRouteDeps extends ConsoleRouteDeps {
  readonly folder: PolicyFolder;
  readonly programs: Programs;
  readonly sandbox: DraftSandbox;
  readonly trial: TrialDeps;
  readonly everywhere: AllPrograms;
}

/** A folder with its tests; a long one is half of it. */
export const maxDraftBytes = 8 * 1_048_576;
const maxVersionChars = 60;

/** Reading, checking and changing the policies. */
export function policyRoutes(deps: PolicyRouteDeps): Route[] {
  const { folder, programs, sandbox, trial, clock, log } = deps;
  const turns = new Turns('checks of drafts', 1, 3);
  const check = (draft: FolderSnapshot, wanted?: () => boolean): Promise<CheckResult> =>
    turns.run(() => sandbox.use((loader) => checkFolder(draft, loader, trial, wanted)));
  const activation = new Activation({ folder, programs, check, clock, log });

  return [
    getJson(deps, '/policies', () => showPolicies(deps)),
    postJson(deps, '/policies/check', maxDraftBytes, async (body, { sink }) => {
      const base = await baseFolder(deps);
      const draft = await draftFolder(base, readPosted(body['files']));
      // Whoever types on has sent another one, and does not wait for this one.
      const result = await check(draft, () => sink.open);
      return { ...result, changes: changesOf(base, draft) };
    }),
    adminRoute(deps, 'POST', '/policies/activate', async (incoming) => {
      const body = await readJson(incoming, maxDraftBytes, clock);
      const files = readPosted(body['files']);
      const base = versionIn(body, 'base_version');
      try {
        const version = await activation.activate(files, base);
        send(incoming, 200, { version, workers: await deps.everywhere.activated(version) });
      } catch (error) {
        if (!(error instanceof DraftRefused)) throw error;
        sendRefused(incoming, error);
      }
    }),
    postJson(deps, '/policies/rollback', 4096, async (body) => {
      const { problems, workers } = await deps.everywhere.goBack(versionIn(body, 'version'));
      if (problems.length > 0) {
        throw new GatewayError('not_found', problems.map(({ message }) => message).join('; '));
      }
      return { version: programs.current?.version, workers };
    }),
  ];
}

/** What drafts are compared with and completed by: the program in use, or the folder where that is not known any more. */
export async function baseFolder({
  folder,
  programs,
}: Pick<PolicyRouteDeps, 'folder' | 'programs'>): Promise<FolderSnapshot> {
  const loaded = folder.version(programs.current?.version ?? '');
  try {
    return loaded?.snapshot ?? (await folder.read());
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    throw new GatewayError('not_found', error.problems.map(({ message }) => message).join('; '));
  }
}

async function showPolicies(deps: PolicyRouteDeps): Promise<object> {
  const { folder, programs } = deps;
  const base = await baseFolder(deps);
  const { known, workers } = await deps.everywhere.others();
  const { current, status } = programs;
  const onDisk = await folder.read().catch(() => null);
  const text = ({ name, text }: FolderSnapshot['files'][number]) => ({ name, text });
  const editable = base.files.filter(isEditable);
  return {
    version: base.version,
    folder_version: onDisk?.version ?? null,
    read_only: await folder.isReadOnly(onDisk ?? undefined),
    problems: status.lastError ?? [],
    table: current?.steps.map(programRow) ?? [],
    files: editable.filter(({ kind }) => kind !== 'test').map(text),
    case_files: editable.filter(({ kind }) => kind === 'test').map(text),
    other_files: base.files.filter((file) => !isEditable(file)).map(({ name }) => name),
    versions: versionsOf(deps.everywhere.own(), known).map(({ version, loadedAtMs, files }) => ({
      version,
      activated_at: loadedAtMs === null ? null : new Date(loadedAtMs).toISOString(),
      active: version === current?.version,
      files,
    })),
    workers,
  };
}

/** The newest first; those that only other processes know come last, since this one began after them. */
function versionsOf(own: ProgramAnswer, others: readonly ProgramAnswer[]): ProgramAnswer['versions'] {
  const versions = own.versions.toReversed();
  const more = others
    .flatMap((other) => other.versions)
    .sort((a, b) => (b.loadedAtMs ?? 0) - (a.loadedAtMs ?? 0));
  for (const one of more) {
    if (!versions.some(({ version }) => version === one.version)) versions.push(one);
  }
  return versions;
}

function versionIn(body: JsonObject, name: string): string {
  const value = body[name];
  if (typeof value === 'string' && value !== '' && value.length <= maxVersionChars) return value;
  throw new GatewayError('invalid_request', `${name}: expected a version such as "0123456789ab".`, {
    param: name,
  });
}

/** The usual shape of errors, and beside it what is wrong, for an editor to mark. */
export function sendRefused(incoming: Incoming, error: DraftRefused): void {
  const usual = JSON.parse(openAiErrorBody(error)) as { readonly error: object };
  send(incoming, error.status, {
    ...usual,
    problems: error.problems,
    ...(error.tests === null ? undefined : { tests: error.tests }),
  });
}

function send(incoming: Incoming, status: number, body: object): void {
  if (!incoming.sink.open) return;
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  incoming.sink.send(status, headers, JSON.stringify(body));
}
