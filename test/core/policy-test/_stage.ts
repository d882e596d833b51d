import { firstPartyPlugins, firstPartyProviders } from '../../../core/gateway.ts';
import type { PolicyCase } from '../../../core/policy-test/case.ts';
import { readCases } from '../../../core/policy-test/cases.ts';
import { loadOffline, type Offline } from '../../../core/policy-test/offline.ts';
import { type CaseResult, runCase } from '../../../core/policy-test/run-case.ts';
import { memoryFolder } from '../../../core/program/memory-folder.ts';

/** Two models on two providers, and a region each. */
export const config = `
providers:
  up: { kind: openai, base_url: http://up.test/v1, api_key: \${UP_KEY}, region: us }
  alt: { kind: openai, base_url: http://alt.test/v1, region: eu }
models:
  test: [up/model, alt/model]
  mini:
    targets: [{ target: up/mini, tier: mini }]
  frontier:
    targets: [{ target: up/large, tier: frontier }]
`;

/** Loads policies by file name, to be tried with cases. */
export function stage(files: Readonly<Record<string, string>>): Promise<Offline> {
  return loadOffline({
    config: { name: 'gateway.yaml', text: config },
    snapshot: memoryFolder(files),
    env: {},
    plugins: firstPartyPlugins,
    kinds: firstPartyProviders,
  });
}

/** The cases of a text that has nothing wrong with it. */
export function casesOf(text: string): readonly PolicyCase[] {
  const { cases, problems } = readCases(text, 'a.policy.test.yaml');
  if (problems.length > 0)
    throw new Error(problems.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return cases;
}

/** Runs one case, written as YAML flow: `given: { … }, expect: { … }`. */
export function runOne(offline: Offline, text: string): Promise<CaseResult> {
  const [first] = casesOf(`{ name: one, ${text} }`);
  return runCase(first!, offline, { policies: offline.policies });
}
