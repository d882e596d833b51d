import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Terminal } from './command.ts';

/** The configuration file to read: the one named, else `gateway.yaml` where there is one, else none. */
export function configFile(named: string | undefined, terminal: Terminal): string | null {
  if (named !== undefined) return resolve(terminal.cwd, named);
  const usual = resolve(terminal.cwd, 'gateway.yaml');
  return existsSync(usual) ? usual : null;
}
