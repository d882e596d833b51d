import { hash } from 'node:crypto';
import type { Prompt } from './prompt.ts';

/** Which version a request gets. */
export interface Choice {
  readonly version: string;
  /** The label that led to it; null where the version was named, or nothing was. */
  readonly label: string | null;
}

/**
 * The version that a request means: a version by its name, else one by a label, else by the default label, else the
 * latest. A label that several versions share gives one user the same one always, as long as the weights stay.
 *
 * @param wanted what the request says; null where it says nothing.
 * @param who whose request it is.
 * @returns null where there is no such version or label.
 */
export function chooseVersion(
  { name, versions, labels }: Prompt,
  wanted: string | null,
  defaultLabel: string,
  who: string,
): Choice | null {
  if (wanted !== null && versions.some(({ version }) => version === wanted)) {
    return { version: wanted, label: null };
  }
  const label = wanted ?? defaultLabel;
  const shares = Object.hasOwn(labels, label) ? labels[label]! : null;
  if (shares !== null) return { version: share(shares, `${name}\0${label}\0${who}`), label };
  const latest = versions.at(-1);
  return wanted === null && latest !== undefined ? { version: latest.version, label: null } : null;
}

function share(shares: Readonly<Record<string, number>>, seed: string): string {
  // Sorted: a store and a file may list the same weights in another order.
  const entries = Object.entries(shares).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 1) return entries[0]![0];
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  let left = (hash('sha256', seed, 'buffer').readUIntBE(0, 6) / 2 ** 48) * total;
  for (const [version, weight] of entries) {
    left -= weight;
    if (left < 0) return version;
  }
  return entries.at(-1)![0];
}
