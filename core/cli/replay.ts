import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseDurationMs } from '../config/units.ts';
import { firstPartyPlugins, firstPartyProviders } from '../gateway.ts';
import { loadOffline, type Offline } from '../policy-test/offline.ts';
import { formatProblem, ProblemsError } from '../problem.ts';
import { type FolderSnapshot, readFolder } from '../program/folder.ts';
import { recordingFiles, recordingsFolder } from '../replay/recordings.ts';
import { readRecordings, readRecords } from '../replay/records.ts';
import { replay } from '../replay/replay.ts';
import { changeRows, replaySummary } from '../replay/report-text.ts';
import { systemClock } from '../services/clock.ts';
import { type Command, parseOptions, type Terminal, UsageError } from './command.ts';
import { configFile } from './source.ts';
import { table } from './table.ts';

const help = `Usage: sluice replay --policies NEW_DIR [--data DIR | --file RECORDS.jsonl] [--against OLD_DIR] [--since TIME]
                     [--config FILE] [--limit N] [--fail-on-change] [--json]

Sends recorded requests past two policies folders and prints what is decided otherwise: verdict, targets, tags, limits,
what is sent. Nobody is called and no time passes. Plugins are left out; plugin files that differ are named.

  --policies DIR    the new folder
  --against DIR     the old one (policies/)
  --data DIR        a gateway's data folder (.sluice/), with the requests that telemetry.capture recorded
  --file FILE       records, one JSON object a line: the "given" of a policy test. docs/guide/testing-policies.md
  --since TIME      only records of the last 24h, 7d, …; records that do not say when are always read
  --config FILE     configuration (gateway.yaml in each folder, else in the working folder, else built in)
  --limit N         changes to print (50); all are counted
  --fail-on-change  exit code 1 where a decision changed
  --json            print one JSON object in place of text

Exit code 1 where a folder does not load, or a line of the file is no record.
`;

export const command: Command = {
  name: 'replay',
  summary: 'compare what two policies folders decide about recorded requests',
  help,
  async run(args, terminal) {
    const { values } = parseOptions(args, {
      policies: { type: 'string' },
      against: { type: 'string' },
      file: { type: 'string' },
      data: { type: 'string' },
      since: { type: 'string' },
      config: { type: 'string' },
      limit: { type: 'string' },
      'fail-on-change': { type: 'boolean' },
      json: { type: 'boolean' },
    });
    if (values.policies === undefined) throw new UsageError('expected --policies, the new folder');
    const sinceMs = sinceOf(values.since);
    const records = await recordsOf(values, sinceMs, terminal);
    const keep = limitOf(values.limit);
    const opened: Offline[] = [];
    try {
      const [before, after] = [
        await load(values.against ?? 'policies', values.config, terminal),
        await load(values.policies, values.config, terminal),
      ];
      opened.push(before.offline, after.offline);
      const result = await replay({
        records,
        before: before.offline,
        after: after.offline,
        keep,
        onProgress: (count) => {
          if (terminal.isTty) terminal.err(`${count} records\r`);
        },
      });
      const unseen = changedPluginFiles(before.snapshot, after.snapshot);
      const versions = { before: before.snapshot.version, after: after.snapshot.version };
      if (values.json === true) {
        terminal.out(
          `${JSON.stringify({ versions, ...result, plugin_files_not_replayed: unseen }, null, 2)}\n`,
        );
      } else {
        const rows = changeRows(result);
        if (rows.length > 0) terminal.out(table(['record', 'part', versions.before, versions.after], rows));
        terminal.out(`${replaySummary(result).join('\n')}\n`);
        if (unseen.length > 0) {
          terminal.err(
            `these plugin files differ, and plugins do not run in a replay: ${unseen.join(', ')}\n`,
          );
        }
      }
      const isChanged = values['fail-on-change'] === true && result.changed > 0;
      return result.brokenCount > 0 || isChanged ? 1 : 0;
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      for (const problem of error.problems) terminal.err(`${formatProblem(problem)}\n`);
      return 1;
    } finally {
      for (const offline of opened) await offline.close();
    }
  },
};

async function load(
  named: string,
  config: string | undefined,
  terminal: Terminal,
): Promise<{ readonly snapshot: FolderSnapshot; readonly offline: Offline }> {
  const folder = resolve(terminal.cwd, named);
  const own = join(folder, 'gateway.yaml');
  const snapshot = await readFolder(folder);
  const offline = await loadOffline({
    config: config === undefined && existsSync(own) ? own : configFile(config, terminal),
    snapshot,
    env: terminal.env,
    plugins: firstPartyPlugins,
    kinds: firstPartyProviders,
  });
  return { snapshot, offline };
}

/** Names of plugin files that only one folder has, or that both have with other settings. */
function changedPluginFiles(before: FolderSnapshot, after: FolderSnapshot): string[] {
  const texts = ({ files }: FolderSnapshot) =>
    new Map(files.filter(({ kind }) => kind === 'plugin').map(({ name, text }) => [name, text]));
  const [old, next] = [texts(before), texts(after)];
  return [...new Set([...old.keys(), ...next.keys()])]
    .filter((name) => old.get(name) !== next.get(name))
    .toSorted();
}

async function recordsOf(
  { file, data }: { readonly file?: string | undefined; readonly data?: string | undefined },
  sinceMs: number | null,
  terminal: Terminal,
) {
  if (file !== undefined) {
    if (data !== undefined) throw new UsageError('expected --file or --data, not both');
    const path = resolve(terminal.cwd, file);
    if (!existsSync(path)) throw new UsageError(`there is no file ${file}`);
    return readRecords(path, sinceMs);
  }
  const folder = recordingsFolder(resolve(terminal.cwd, data ?? '.sluice'));
  if ((await recordingFiles(folder)).length > 0) return readRecordings(folder, sinceMs);
  throw new UsageError(
    `there are no recorded requests in ${folder}: name the gateway's data folder with --data, set telemetry.capture in its gateway.yaml to record some, or name a file with --file`,
  );
}

function sinceOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  try {
    return systemClock.now() - parseDurationMs(text);
  } catch (error) {
    throw new UsageError(`--since ${(error as Error).message}`);
  }
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? 50);
  if (Number.isInteger(limit) && limit >= 0 && limit <= 100_000) return limit;
  throw new UsageError(`--limit expects a whole number up to 100000, got "${text}"`);
}
