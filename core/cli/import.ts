import { type Command, type ExitCode, UsageError } from './command.ts';
import { runImportConfig } from './import-config.ts';
import { runImportKeys } from './import-keys.ts';

const help = `Usage: sluice import litellm CONFIG.yaml [--out DIR] [--force] [--json]
       sluice import litellm-keys DUMP.csv|DUMP.jsonl [--config FILE] [--data DIR] [--tenants-limit-models] [--force]
                                  [--dry-run] [--json]

litellm: makes gateway.yaml, a policies folder and files with secrets of LiteLLM's config.yaml, and lists every setting
that was not imported, with its line and what to do instead.

  --out DIR   where to write (imported/)
  --force     replace files that are there; without it none is written where one is
  --json      print one JSON object in place of text

litellm-keys: takes the virtual keys of a LiteLLM_VerificationToken dump into the key store, by their SHA-256: clients go
on with the keys that they have. A gateway may be running; it knows them within two seconds.

  --config FILE           names the store (stores.ledger of gateway.yaml)
  --data DIR              folder of the SQLite store (.sluice/)
  --tenants-limit-models  take keys whose models are those of their team: allowed_models of the tenant says them here
  --force                 replace keys that are there
  --dry-run               say what would be done

Exit code 1 where something could not be read, a file is in the way, or a key was left out.
`;

export const command: Command = {
  name: 'import',
  summary: "take over LiteLLM's configuration and virtual keys",
  help,
  async run(args, terminal): Promise<ExitCode> {
    const [what, ...rest] = args;
    if (what === 'litellm') return runImportConfig(rest, terminal);
    if (what === 'litellm-keys') return runImportKeys(rest, terminal);
    throw new UsageError(`expected litellm or litellm-keys; came ${what ?? 'nothing'}`);
  },
};
