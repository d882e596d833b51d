import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Child, startChild } from './processes/child.ts';
import { makeProgram, type ProgramName } from './program.ts';

/** What is measured: the bare proxy, and the gateway with each of the programs. */
export type VariantName = 'bare' | ProgramName;

export const variantNames: readonly VariantName[] = ['bare', 'none', 'default', 'three'];

/** Words for the printout. */
export const variantTitles: Readonly<Record<VariantName | 'direct', string>> = {
  direct: 'the upstream alone',
  bare: 'bare proxy',
  none: 'Sluice, no policies',
  default: 'Sluice, default program',
  three: 'Sluice, default + three',
};

/** What a target needs to start. */
export interface Surroundings {
  readonly root: string;
  /** A folder that is removed in the end. */
  readonly scratch: string;
  /** `http://127.0.0.1:PORT` */
  readonly upstreamUrl: string;
  readonly core: number | null;
}

/** Makes what a target reads and returns how to start it. Throws when there is nothing to start. */
export async function prepareVariant(name: VariantName, around: Surroundings): Promise<() => Promise<Child>> {
  if (name === 'bare') return () => startBare(around);
  const main = join(around.root, 'core/cli/main.ts');
  if (!existsSync(main)) throw new Error('core/cli/main.ts is not there yet');
  const folder = join(around.scratch, name);
  const policies = join(folder, 'policies');
  const data = join(folder, 'data');
  await mkdir(data, { recursive: true });
  await makeProgram(name, around.root, policies);
  const config = join(around.root, 'test/bench/programs/gateway.yaml');
  const folders = ['--config', config, '--policies', policies, '--data', data];
  return () =>
    startChild({
      name,
      args: [main, 'serve', ...folders, '--host', '127.0.0.1', '--port', '0'],
      cwd: around.root,
      scratch: around.scratch,
      core: around.core,
      env: { BENCH_UPSTREAM_URL: `${around.upstreamUrl}/v1` },
      messages: false,
    });
}

function startBare(around: Surroundings): Promise<Child> {
  return startChild({
    name: 'bare',
    args: [join(around.root, 'test/bench/servers/bare-proxy.ts'), around.upstreamUrl],
    cwd: around.root,
    scratch: around.scratch,
    core: around.core,
    messages: true,
  });
}
