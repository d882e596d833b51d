import { mkdirSync, writeFileSync } from 'node:fs';
import type { Test } from 'tap';
import { type Served, serveProcess } from '../flow/serve-process.ts';
import { drillPolicies, masterKey } from './budget.ts';

/** A folder as users have it, for gateways in processes of their own. */
export function folderOf(t: Test, config: string): string {
  const dir = t.testdir();
  mkdirSync(`${dir}/policies`);
  writeFileSync(`${dir}/gateway.yaml`, config);
  for (const [name, text] of Object.entries(drillPolicies)) writeFileSync(`${dir}/policies/${name}`, text);
  return dir;
}

/** A gateway on that folder, killed when the test is over. */
export async function serve(t: Test, dir: string): Promise<Served> {
  const served = await serveProcess(
    ['--policies', `${dir}/policies`, '--config', `${dir}/gateway.yaml`, '--data', `${dir}/data`],
    { SLUICE_MASTER_KEY: masterKey },
  );
  t.teardown(() => served.child.kill('SIGKILL'));
  return served;
}
