import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const deploy = join(root, 'deploy');

/** A file of `deploy/`. */
export function deployFile(path: string): string {
  return readFileSync(join(deploy, path), 'utf8');
}

/** Names of the metrics on their page. */
export function documentedMetrics(): ReadonlySet<string> {
  const page = readFileSync(join(root, 'docs/reference/metrics.md'), 'utf8');
  const names = new Set<string>();
  for (const [, name, type] of page.matchAll(/^\| `(sluice_\w+)` \| (\w+) \|/gm)) {
    names.add(name!);
    if (type === 'histogram') for (const part of ['bucket', 'sum', 'count']) names.add(`${name}_${part}`);
  }
  return names;
}

/** Names of metrics that a text uses. */
export function metricsIn(text: string): readonly string[] {
  return [...new Set(text.match(/\bsluice_[a-z_]+/g))].toSorted();
}
