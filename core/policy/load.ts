import type { Problem } from '../problem.ts';
import type { GuestFailed, GuestLimits, GuestLog, Sandbox } from '../sandbox/sandbox.ts';
import { parsePlan } from './parse-plan.ts';
import type { PlanPolicy } from './plan.ts';

/** A policy file as JavaScript, with the line numbers of its source. */
export interface PolicySource {
  /** Name in the policies folder, such as `40-cheap.policy.ts`. */
  readonly file: string;
  readonly source: string;
  /** Identifies this version of the file in the sandbox; from its content. */
  readonly key: string;
}

/** A loaded policy file. Its sandbox instance stays until `sandbox.release(key)`. */
export interface LoadedPolicies {
  readonly ok: true;
  readonly key: string;
  readonly policies: readonly PlanPolicy[];
  /** What the file logged while it loaded. */
  readonly logs: readonly GuestLog[];
}

export interface FailedPolicies {
  readonly ok: false;
  readonly problems: readonly Problem[];
}

/**
 * Evaluates a policy file in the sandbox once and checks the plan that comes out. A policy that asks for other
 * limits is loaded a second time under them. On failure nothing stays in the sandbox.
 */
export async function loadPolicies(
  { file, source, key }: PolicySource,
  sandbox: Sandbox,
): Promise<LoadedPolicies | FailedPolicies> {
  const first = await loadOnce({ file, source, key }, sandbox);
  if (!first.ok) return first;
  const limits = widestLimits(first.policies);
  if (limits === null) return first;
  sandbox.release(key);
  return loadOnce({ file, source, key: `${key}+limits` }, sandbox, limits);
}

async function loadOnce(
  { file, source, key }: PolicySource,
  sandbox: Sandbox,
  limits?: GuestLimits,
): Promise<LoadedPolicies | FailedPolicies> {
  const loaded = await sandbox.load({
    key,
    file,
    source,
    ...(limits === undefined ? undefined : { limits }),
  });
  if (!loaded.ok) return { ok: false, problems: [loadProblem(file, loaded)] };
  const { policies, problems } = parsePlan(loaded.plan, {
    file,
    lineOf: (name) => lineOfExport(source, name),
  });
  if (problems.length > 0) {
    sandbox.release(key);
    return { ok: false, problems };
  }
  return { ok: true, key, policies, logs: loaded.logs };
}

function loadProblem(file: string, { fault, message, line, column }: GuestFailed): Problem {
  const what = fault === 'error' || fault === 'reject-load' ? '' : `stopped by the sandbox (${fault}): `;
  return { file, line, column, severity: 'error', message: `${what}${message}` };
}

/** All policies of a file share an instance, so it gets the widest limits that any of them asks for. */
function widestLimits(policies: readonly PlanPolicy[]): GuestLimits | null {
  const ms = policies.flatMap(({ limits }) => limits.ms ?? []);
  const heapMb = policies.flatMap(({ limits }) => limits.heapMb ?? []);
  if (ms.length === 0 && heapMb.length === 0) return null;
  return {
    ...(ms.length === 0 ? undefined : { ms: Math.max(...ms) }),
    ...(heapMb.length === 0 ? undefined : { heapMb: Math.max(...heapMb) }),
  };
}

/** 1-based line where a name is exported; 1 where it is exported in some other way than by its declaration. */
function lineOfExport(source: string, name: string): number {
  const lines = source.split('\n');
  const index = lines.findIndex((line) => {
    const declared = /^\s*export\s+(?:async\s+)?(?:function\s*\*?|const|let|var)\s*([\w$]+)/.exec(line);
    return declared?.[1] === name;
  });
  return index < 0 ? 1 : index + 1;
}
