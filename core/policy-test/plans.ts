import { compilePolicy } from '../policy/compile.ts';
import type { PlanPolicy } from '../policy/plan.ts';
import type { FolderSnapshot } from '../program/folder.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

/**
 * The policies of a folder as plain data, those that are switched off too. Files that do not compile are left out:
 * loading the folder reports them.
 */
export async function plansOf(snapshot: FolderSnapshot, sandbox: Sandbox): Promise<readonly PlanPolicy[]> {
  const plans: PlanPolicy[] = [];
  for (const { name, kind, text } of snapshot.files) {
    if (kind !== 'policy') continue;
    const compiled = await compilePolicy({ file: name, text, typescript: name.endsWith('.ts') }, { sandbox });
    if (!compiled.ok) continue;
    plans.push(...compiled.policies);
    // The plan is data: nothing of it runs in the sandbox.
    sandbox.release(compiled.key);
  }
  return plans;
}
