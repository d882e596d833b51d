import { nearest } from '../text/nearest.ts';

/** What a file of the policies folder is, by its name. */
export type SnapshotKind = 'plugin' | 'policy' | 'test' | 'asset';

/** What a name says: a kind, that the file is none of ours, or what is wrong with it. */
export type FileKind = { readonly kind: SnapshotKind | 'ignored' } | { readonly problem: string };

const patterns: readonly { readonly kind: SnapshotKind; readonly endings: readonly string[] }[] = [
  { kind: 'test', endings: ['.policy.test.yaml', '.policy.test.yml', '.policy.test.ts', '.policy.test.js'] },
  { kind: 'policy', endings: ['.policy.ts', '.policy.js'] },
  { kind: 'plugin', endings: ['.yaml', '.yml'] },
];
const allEndings = patterns.flatMap(({ endings }) => endings);

/**
 * What a file directly in the policies folder is: `NAME.policy.ts|js` a policy, `NAME.yaml|yml` a plugin's settings,
 * `NAME.policy.test.yaml|yml|ts|js` tests of a policy. Documents (README, `*.md`), types (`*.d.ts`),
 * `gateway.yaml` and dotfiles are not part of the program. Everything else is a problem.
 */
export function classify(name: string): FileKind {
  const lower = name.toLowerCase();
  if (name.startsWith('.') || /^readme(\.[a-z]+)?$/.test(lower)) return ignored;
  if (/\.(md|markdown)$/.test(lower) || lower.endsWith('.d.ts')) return ignored;
  if (name === 'gateway.yaml' || name === 'gateway.yml') return ignored;
  if (/\.policy\.ya?ml$/.test(lower)) {
    return refuse(name, 'policies are scripts (NAME.policy.ts), settings of a plugin are NAME.yaml');
  }
  for (const { kind, endings } of patterns) {
    if (!endings.some((ending) => name.endsWith(ending) && name.length > ending.length)) continue;
    if (kind === 'plugin' && /\.te?sts?\.ya?ml$/.test(name)) break;
    return { kind };
  }
  return refuse(name, adviceFor(name));
}

const ignored: FileKind = { kind: 'ignored' };

function refuse(name: string, advice: string): FileKind {
  return { problem: `"${name}" is not understood here; ${advice}` };
}

function adviceFor(name: string): string {
  const dot = name.indexOf('.');
  const stem = dot > 0 ? name.slice(0, dot) : name;
  const ending = dot > 0 ? name.slice(dot) : '';
  const near = /\.(ts|js|mts|mjs|cts|cjs)$/.test(name) ? '.policy.ts' : nearest(ending, allEndings);
  const test = /\.(test|spec)\./.test(name)
    ? name.endsWith('s')
      ? '.policy.test.ts'
      : '.policy.test.yaml'
    : near;
  if (test) return `did you mean "${stem}${test}"?`;
  return 'expected NAME.policy.ts, NAME.policy.test.yaml or NAME.yaml (a folder may hold other files)';
}
