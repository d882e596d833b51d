import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, startChild } from '../processes/child.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A gateway of one's own, in a folder that is removed with the process. */
export interface OwnGateway {
  readonly url: string;
  readonly child: Child;
  readonly folder: string;
}

/** Starts a gateway. @param config text of gateway.yaml. @param policies files by name. */
export async function startOwnGateway(
  config: string,
  policies: Readonly<Record<string, string>>,
): Promise<OwnGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-load-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  mkdirSync(join(folder, 'policies'));
  writeFileSync(join(folder, 'gateway.yaml'), config);
  for (const [name, text] of Object.entries(policies)) writeFileSync(join(folder, 'policies', name), text);
  const child = await startChild({
    name: 'gateway',
    args: [
      join(root, 'core/cli/main.ts'),
      ...['serve', '--host', '127.0.0.1', '--port', '0', '--config', join(folder, 'gateway.yaml')],
      ...['--policies', join(folder, 'policies'), '--data', join(folder, 'data')],
    ],
    cwd: root,
    scratch: folder,
    core: null,
    messages: false,
  });
  return { url: `http://127.0.0.1:${child.port}`, child, folder };
}
