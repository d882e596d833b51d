import { existsSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The programs that the gateway is measured with: an empty folder; the `policies/` that it ships; those and the
 * three policies of `programs/three/`.
 */
export type ProgramName = 'none' | 'default' | 'three';

/** Writes the policies folder of a program. A copy, so that nobody's edit reloads it while it is measured. */
export async function makeProgram(name: ProgramName, root: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (name === 'none') return;
  await copyFiles(join(root, 'policies'), folder);
  if (name === 'three') await copyFiles(join(root, 'test/bench/programs/three'), folder);
}

/** Copies a folder without its `examples`, which are not part of the program. */
async function copyFiles(from: string, to: string): Promise<void> {
  if (!existsSync(from)) return;
  const examples = join(from, 'examples');
  await cp(from, to, { recursive: true, filter: (path) => path !== examples });
}
