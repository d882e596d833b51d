import { type Command, type ExitCode, UsageError } from './command.ts';
import { runReconcile } from './cost-reconcile.ts';
import { runReport } from './cost-report.ts';

const help = `Usage: sluice cost report [--by NAMES] [--since TIME] [--until TIME] [--limit N] [--format table|json|csv] [--url URL]
       sluice cost reconcile INVOICE.csv [--provider NAME]… [--key KEY[=KEY_ID]]… [--max-drift PERCENT]
                             [--format table|json] [--url URL]

report: what was spent, from the ledger of a running gateway.

  --by NAMES        tenant (default), feature, model, alias, key, provider, day, user, status; several with commas.
                    hour, price, estimated, error read every row of the window, which takes longer
  --since TIME      7d, 24h, a day (2026-01-31, from its beginning in UTC) or a time (2026-01-31T10:00:00Z); 30d
  --until TIME      the same, not included; now
  --limit N         the dearest N groups (1000, at most 10000)
  --format FORMAT   table for people, csv for spreadsheets, json for programs

reconcile: holds a provider's export against the ledger, by day, model and key, and explains the difference. Known are
OpenAI's usage and cost exports and Anthropic's, as CSV. Exit code 1 where they are too far apart.

  --provider NAME   providers of the gateway that the invoice is for (found by name, else by their models)
  --key KEY         count only this key of the export, by its name or id; with =KEY_ID it is compared with that virtual
                    key alone. Without it everything in the export counts
  --max-drift N     how many percent may differ (5); rounding and time zones do not count
  --format FORMAT   table for people, json for programs

  --url URL         the gateway (SLUICE_URL, http://127.0.0.1:4000); SLUICE_MASTER_KEY is sent as its key
`;

export const command: Command = {
  name: 'cost',
  summary: 'report what was spent, reconcile it with an invoice',
  help,
  async run(args, terminal): Promise<ExitCode> {
    const [action, ...rest] = args;
    if (action === 'report') return runReport(rest, terminal);
    if (action === 'reconcile') return runReconcile(rest, terminal);
    throw new UsageError(`expected report or reconcile; came ${action ?? 'nothing'}`);
  },
};
