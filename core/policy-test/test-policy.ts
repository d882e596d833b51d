import { AssertionError } from 'node:assert';
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AnyPlugin } from '../../sdk/plugin.ts';
import type { AnyProviderKind } from '../../sdk/provider.ts';
import { readFolder } from '../program/folder.ts';
import { explainTrace } from '../trace/explain-text.ts';
import type { Expect, Given } from './case.ts';
import { compareRun, showDifference } from './compare.ts';
import { loadOffline, type Offline } from './offline.ts';
import { type Run, runSituation } from './run.ts';
import { situationOf } from './situation.ts';

export interface TestPolicyOptions {
  /** Path of a `gateway.yaml`; the one beside the policy by default, else the built-in defaults. */
  readonly config?: string;
}

/** A request that is ready to be sent. */
export interface GivenCase {
  /** Sends the request and compares. @throws AssertionError with what came out otherwise and the decision record. */
  expect(expected: Expect): Promise<Run>;
  /** Sends the request. */
  run(): Promise<Run>;
}

/** One policy file under test. */
export interface PolicyTest {
  given(facts: Given): GivenCase;
  /** Ends the policy's sandbox. A test that ends by itself may leave it out. */
  close(): Promise<void>;
}

/** Makes `testPolicy` for the given plugins and provider kinds. */
export function policyTester(known: {
  readonly plugins: readonly AnyPlugin[];
  readonly kinds: readonly AnyProviderKind[];
}): (file: string | URL, options?: TestPolicyOptions) => PolicyTest {
  return (file, options = {}) => {
    const path = file instanceof URL ? fileURLToPath(file) : resolve(file);
    let loading: Promise<Offline> | null = null;
    const load = () => {
      loading ??= loadFile(path, options, known);
      return loading;
    };
    return {
      given: (facts) => {
        const run = async () => {
          const offline = await load();
          return runSituation(situationOf(facts, offline.setup.services.models), offline);
        };
        return { run, expect: async (expected) => check(expected, await run()) };
      },
      close: async () => (await loading)?.close(),
    };
  };
}

function check(expected: Expect, run: Run): Run {
  const differences = compareRun(expected, run);
  if (differences.length === 0) return run;
  const lines = [...differences.map(showDifference), ...explainTrace(run.trace).map((line) => `| ${line}`)];
  throw new AssertionError({
    message: lines.join('\n'),
    expected,
    actual: run.trace,
    operator: 'testPolicy',
  });
}

/** The file with the plugins of its folder, whose verbs it may use, and no other policy. */
async function loadFile(
  path: string,
  options: TestPolicyOptions,
  known: { readonly plugins: readonly AnyPlugin[]; readonly kinds: readonly AnyProviderKind[] },
): Promise<Offline> {
  const folder = await readFolder(dirname(path));
  const name = basename(path);
  if (!folder.files.some((file) => file.kind === 'policy' && file.name === name)) {
    throw new Error(`expected a policy file such as 40-lanes.policy.ts; ${path} is none`);
  }
  const files = folder.files.filter(
    (file) => file.kind === 'plugin' || file.kind === 'asset' || file.name === name,
  );
  const beside = join(dirname(path), 'gateway.yaml');
  const config = options.config ?? (existsSync(beside) ? beside : null);
  return loadOffline({ config, snapshot: { ...folder, files }, env: {}, ...known });
}
