import { resolve } from 'node:path';
import { askToRestart, controlPath } from '../cluster/control.ts';
import { type Command, parseOptions } from './command.ts';

const help = `Usage: sluice restart [--data DIR]

Replaces the workers of a running gateway one after the other: each new one serves before the old one
takes no more connections and finishes its answers. New code, Node and everything in gateway.yaml that a reload does not
change, such as stores, is taken up. Where a new worker does not start, the old ones stay.

  --data DIR   the gateway's data folder (.sluice/), where it listens for this command

kill -USR2 of the primary process does the same. A gateway of one process is not restarted by this: see
docs/guide/deploy.md.
`;

export const command: Command = {
  name: 'restart',
  summary: 'replace the workers of a running gateway without a gap',
  help,
  async run(args, terminal) {
    const { values } = parseOptions(args, { data: { type: 'string' } });
    const path = controlPath(resolve(terminal.cwd, values.data ?? '.sluice'));
    let replaced = 0;
    try {
      for await (const line of askToRestart(path)) {
        if ('error' in line) {
          terminal.err(`sluice restart: ${line.error}\n`);
          return 1;
        }
        if ('done' in line) {
          terminal.out(`${replaced} workers replaced\n`);
          return 0;
        }
        replaced += 1;
        terminal.err(`worker ${line.replaced} replaced\n`);
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      terminal.err(
        `sluice restart: nobody listens at ${path} (${code}); expected a gateway with --workers above 1 and this data folder: name it with --data\n`,
      );
      return 1;
    }
    terminal.err('sluice restart: the gateway ended before all workers were replaced\n');
    return 1;
  },
};
