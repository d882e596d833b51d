import { type Command, parseOptions, type Terminal, UsageError } from './command.ts';
import { addressOptions, askGateway, errorMessage, gatewayUrl } from './gateway-address.ts';
import { changeOptions, fieldsOf } from './key-options.ts';
import { keyLines, keyTable } from './key-table.ts';

const help = `Usage: sluice key create [FIELDS]
       sluice key list [--tenant ID] [--page N] [--size N]
       sluice key info KEY
       sluice key update KEY [FIELDS] [--block | --unblock]
       sluice key revoke KEY...
       sluice key rotate KEY [--grace TIME] [FIELDS]

Virtual keys of a running gateway. KEY is a key's alias, its token, or the key itself; prefer the first two, since a
command line is seen by others and kept in the shell's history.

A key is shown once, by create and rotate. rotate gives a key a new secret and keeps its budget and what was spent;
the old one stops at once, or works on for --grace. revoke deletes keys: they stop at once on the gateway that was
asked, and within two seconds on others that share its store.

FIELDS, for update "none" takes one away:
  --alias NAME               a name that no other key has
  --duration TIME            how long the key works from now on: 24h, 30d, 6mo
  --models LIST              aliases and provider/model names with commas between them, * for any characters
  --max-budget USD           what the key may spend in all, or in each --budget-duration
  --soft-budget USD          from where on it is warned
  --budget-duration TIME     24h and 30d roll on from now; 1d, 1w and 1mo are UTC days, weeks and months
  --rpm N                    requests in a minute
  --tpm N                    tokens in a minute
  --output-tpm N             output tokens in a minute
  --max-parallel N           requests at the same time
  --daily-token-cap N        tokens in a day
  --tenant ID                the tenant that the key speaks for, and no other
  --plan NAME, --region NAME in place of the tenant's
  --metadata JSON            an object of your own

  --json           print the gateway's answer
  --url URL        the gateway (SLUICE_URL, http://127.0.0.1:4000); it must be running
  --master-key KEY its master key; SLUICE_MASTER_KEY keeps it off the command line
`;

const commonOptions = {
  ...addressOptions,
  'master-key': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Common = { readonly url?: string; readonly 'master-key'?: string; readonly json?: boolean };
type Answer = Readonly<Record<string, unknown>>;

/** Asks the gateway. Undefined where it refused, which was said on the terminal already. */
async function ask(
  path: string,
  values: Common,
  terminal: Terminal,
  body?: Answer,
): Promise<Answer | undefined> {
  const key = values['master-key'] ?? terminal.env['SLUICE_MASTER_KEY'];
  const env = key === undefined ? terminal.env : { ...terminal.env, SLUICE_MASTER_KEY: key };
  const { status, json } = await askGateway(
    gatewayUrl(values.url, terminal),
    path,
    { ...terminal, env },
    body,
  );
  if (status === 200) return json as Answer;
  terminal.err(`sluice key: ${errorMessage(json)}\n`);
  return undefined;
}

/** Prints an answer as it came, or as text. Gives the exit code. */
function print(
  answer: Answer | undefined,
  values: Common,
  terminal: Terminal,
  text: (answer: Answer) => string,
): 0 | 1 {
  if (answer === undefined) return 1;
  terminal.out(values.json === true ? `${JSON.stringify(answer, null, 2)}\n` : text(answer));
  return 0;
}

const shownOnce = 'The key is shown this once. Keep it where secrets are kept.\n';

type Run = (args: readonly string[], terminal: Terminal) => Promise<0 | 1>;

const commands: Readonly<Record<string, Run>> = {
  async create(args, terminal) {
    const { values } = parseOptions(args, { ...commonOptions, ...changeOptions });
    const answer = await ask('/key/generate', values, terminal, fieldsOf(values));
    const code = print(answer, values, terminal, keyLines);
    if (code === 0) terminal.err(shownOnce);
    return code;
  },

  async list(args, terminal) {
    const { values } = parseOptions(args, {
      ...commonOptions,
      tenant: { type: 'string' },
      page: { type: 'string' },
      size: { type: 'string' },
    });
    const query = new URLSearchParams({ return_full_object: 'true', size: values.size ?? '100' });
    if (values.page !== undefined) query.set('page', values.page);
    if (values.tenant !== undefined) query.set('tenant_id', values.tenant);
    const answer = await ask(`/key/list?${query}`, values, terminal);
    const code = print(answer, values, terminal, ({ keys }) => keyTable(keys as readonly Answer[]));
    if (answer !== undefined && values.json !== true) {
      const { total_count, current_page, total_pages } = answer;
      terminal.err(`keys: ${total_count}; page ${current_page} of ${total_pages}\n`);
    }
    return code;
  },

  async info(args, terminal) {
    const { values, positionals } = parseOptions(args, commonOptions, { min: 1, max: 1 });
    const answer = await ask(`/key/info?${new URLSearchParams({ key: positionals[0]! })}`, values, terminal);
    return print(answer, values, terminal, ({ info }) => keyLines(info as Answer));
  },

  async update(args, terminal) {
    const own = { block: { type: 'boolean' }, unblock: { type: 'boolean' } } as const;
    const options = { ...commonOptions, ...changeOptions, ...own };
    const { values, positionals } = parseOptions(args, options, { min: 1, max: 1 });
    if (values.block === true && values.unblock === true)
      throw new UsageError('expected --block or --unblock, got both');
    const blocked = values.block === true ? true : values.unblock === true ? false : undefined;
    const fields = { ...fieldsOf(values), ...(blocked === undefined ? {} : { blocked }) };
    if (Object.keys(fields).length === 0) throw new UsageError('expected a field to change, got none');
    const answer = await ask('/key/update', values, terminal, { key: positionals[0]!, ...fields });
    return print(answer, values, terminal, keyLines);
  },

  async revoke(args, terminal) {
    const { values, positionals } = parseOptions(args, commonOptions, { min: 1, max: 100 });
    const answer = await ask('/key/delete', values, terminal, { keys: positionals });
    return print(answer, values, terminal, ({ deleted_keys }) =>
      (deleted_keys as readonly string[]).map((token) => `revoked ${token}\n`).join(''),
    );
  },

  async rotate(args, terminal) {
    const options = { ...commonOptions, ...changeOptions, grace: { type: 'string' } } as const;
    const { values, positionals } = parseOptions(args, options, { min: 1, max: 1 });
    const answer = await ask('/key/regenerate', values, terminal, {
      key: positionals[0]!,
      ...fieldsOf(values),
      ...(values.grace === undefined ? {} : { grace_period: values.grace }),
    });
    const code = print(answer, values, terminal, keyLines);
    if (code === 0) terminal.err(shownOnce);
    return code;
  },
};

export const command: Command = {
  name: 'key',
  summary: 'make, show, change, revoke and rotate virtual keys',
  help,
  async run(args, terminal) {
    const [name, ...rest] = args;
    const run = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (run !== undefined) return run(rest, terminal);
    const known = Object.keys(commands);
    throw new UsageError(
      `expected one of ${known.join(', ')}; got ${name === undefined ? 'nothing' : `"${name}"`}`,
    );
  },
};
