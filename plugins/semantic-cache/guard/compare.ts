import { align } from './align.ts';
import type { Facts } from './facts.ts';
import type { GuardLevel, Refusal } from './rule.ts';
import { rules } from './rules.ts';

/**
 * Whether the answer to a stored prompt may be served for an asked one. Null where it may; else the first rule that
 * refused. Facts of another version of the guard are refused: they are to be extracted again.
 */
export function compareFacts(asked: Facts, stored: Facts, level: GuardLevel): Refusal | null {
  if (asked.version !== stored.version)
    return { rule: 'version', detail: `${asked.version} / ${stored.version}` };
  if (asked.fingerprint === stored.fingerprint && asked.tail === stored.tail) return null;
  const alignment = align(asked, stored);
  for (const rule of rules) {
    if (rule.level !== undefined && rule.level !== level) continue;
    const detail = rule.compare(asked, stored, alignment);
    if (detail !== null) return { rule: rule.name, detail };
  }
  return null;
}
