import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { createModels } from '../config/models.ts';
import { firstPartyProviders } from '../gateway.ts';
import { policyDeclaration } from '../policy/declaration.ts';
import { type Command, parseOptions, sourceOptions } from './command.ts';
import { configFile } from './source.ts';

const help = `Usage: sluice types [--config FILE] [--policies DIR] [--stdout]

Writes sluice.d.ts into the policies folder: the types of the policy language, with the aliases and targets of the
configuration, so that an editor completes them and a mistyped one is a squiggle.
`;

export const command: Command = {
  name: 'types',
  summary: 'write the types of the policy language for editors',
  help,
  async run(args, terminal) {
    const { values } = parseOptions(args, { ...sourceOptions, stdout: { type: 'boolean' } });
    const kinds = new Map(firstPartyProviders.map((kind) => [kind.kind, kind]));
    const { config } = await loadConfig({
      file: configFile(values.config, terminal),
      env: terminal.env,
      kinds,
    });
    const models = createModels(config, kinds);
    const targets = config.models.flatMap((model) => model.targets.map((one) => one.target));
    const text = policyDeclaration({ targets: [...new Set([...models.aliases, ...targets])] });
    if (values.stdout === true) {
      terminal.out(text);
      return 0;
    }
    const file = join(resolve(terminal.cwd, values.policies ?? 'policies'), 'sluice.d.ts');
    await writeFile(file, text);
    terminal.err(`wrote ${file}\n`);
    return 0;
  },
};
