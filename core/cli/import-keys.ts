import { resolve } from 'node:path';
import type { StoresConfig } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { firstPartyProviders } from '../gateway.ts';
import { type ImportedKeys, importKeys } from '../import/litellm/import-keys.ts';
import { DumpError } from '../import/litellm/token-table.ts';
import { formatProblem, ProblemsError } from '../problem.ts';
import { InvoiceError } from '../reports/reconcile/csv.ts';
import { systemClock } from '../services/clock.ts';
import { silentLog } from '../services/log.ts';
import { openRecordStores, type RecordStores } from '../stores/record-stores.ts';
import { type ExitCode, parseOptions, sourceOptions, type Terminal } from './command.ts';
import { readText } from './import-config.ts';
import { configFile } from './source.ts';

/** `sluice import litellm-keys`. */
export async function runImportKeys(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { config, data } = sourceOptions;
  const { values, positionals } = parseOptions(
    args,
    {
      config,
      data,
      'tenants-limit-models': { type: 'boolean' },
      force: { type: 'boolean' },
      'dry-run': { type: 'boolean' },
      json: { type: 'boolean' },
    },
    { min: 1, max: 1 },
  );
  const file = positionals[0]!;
  const dump = await readText(resolve(terminal.cwd, file), file);
  try {
    const loaded = await loadConfig({
      file: configFile(values.config, terminal),
      env: terminal.env,
      kinds: new Map(firstPartyProviders.map((kind) => [kind.kind, kind])),
    });
    // A trial leaves no file behind, so it does not look what is there already.
    const stores =
      values['dry-run'] === true ? null : await openStores(loaded.config.stores, values.data, terminal);
    try {
      const imported = await importKeys(dump, {
        store: stores?.keys ?? null,
        replace: values.force === true,
        tenantsLimitModels: values['tenants-limit-models'] === true,
        nowMs: systemClock.now(),
      });
      print(imported, file, values.json === true, stores === null, terminal);
      return imported.leftOut === 0 ? 0 : 1;
    } finally {
      await stores?.close();
    }
  } catch (error) {
    if (error instanceof ProblemsError) {
      for (const problem of error.problems) terminal.err(`${formatProblem(problem)}\n`);
      return 1;
    }
    if (!(error instanceof DumpError) && !(error instanceof InvoiceError)) throw error;
    terminal.err(`sluice import: ${file}: ${error.message}\n`);
    return 1;
  }
}

async function openStores(
  { ledger, durability }: StoresConfig,
  data: string | undefined,
  terminal: Terminal,
): Promise<RecordStores> {
  const stores = openRecordStores({
    store: ledger,
    dataFolder: resolve(terminal.cwd, data ?? '.sluice'),
    clock: systemClock,
    log: silentLog,
    durability,
  });
  await stores.ready();
  return stores;
}

function print(
  imported: ImportedKeys,
  file: string,
  json: boolean,
  dryRun: boolean,
  terminal: Terminal,
): void {
  const rows = imported.rows.map(({ line, state, record, remarks }) => ({
    line,
    state,
    token: record?.hash ?? null,
    alias: record?.alias ?? null,
    remarks,
  }));
  if (json) {
    const { imported: count, there, leftOut } = imported;
    terminal.out(`${JSON.stringify({ imported: count, there, left_out: leftOut, rows }, null, 2)}\n`);
    return;
  }
  for (const { line, alias, remarks } of rows) {
    const name = alias === null ? '' : `${alias.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?')}: `;
    for (const remark of remarks) terminal.out(`${file}:${line}: ${name}${remark}\n`);
  }
  const done = dryRun ? 'would be imported' : 'imported';
  terminal.out(
    `${imported.imported} keys ${done}, ${imported.there} were there, ${imported.leftOut} left out\n`,
  );
}
