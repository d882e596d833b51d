import { GatewayError } from '../../../sdk/errors.ts';
import {
  maxPromptVersions,
  type NewPromptVersion,
  type PromptShares,
  type StoredPrompt,
} from '../../../sdk/prompts.ts';

/** Names, versions and labels: what may stand in a path and in a log line as it is. */
const word = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const maxContentBytes = 256 * 1024;
const maxWeight = 1_000_000;
const maxLabels = 100;

/** The content as JSON. @throws RangeError that says what is wrong with the version. */
export function checkedVersion({ name, version, content, labels }: NewPromptVersion): string {
  for (const one of [name, ...(version === null ? [] : [version]), ...labels]) checkWord(one);
  checkCount(labels);
  const json = JSON.stringify(content);
  const bytes = Buffer.byteLength(json);
  if (bytes > maxContentBytes) {
    throw new RangeError(`expected a prompt of at most ${maxContentBytes} bytes as JSON; came ${bytes}`);
  }
  return json;
}

/** @throws RangeError that says what is wrong with the labels. */
export function checkLabels(labels: Readonly<Record<string, PromptShares | null>>): void {
  checkCount(Object.keys(labels));
  for (const [label, shares] of Object.entries(labels)) {
    checkWord(label);
    if (shares === null) continue;
    const entries = Object.entries(shares);
    if (entries.length === 0)
      throw new RangeError(`label "${label}": expected at least one version; came none`);
    for (const [version, weight] of entries) {
      checkWord(version);
      if (!Number.isInteger(weight) || weight < 1 || weight > maxWeight) {
        throw new RangeError(`label "${label}": expected weights from 1 to ${maxWeight}; came ${weight}`);
      }
    }
  }
}

/**
 * The version to be written; null where it is there already.
 *
 * @throws GatewayError 400 where there are too many.
 */
export function nextVersion(wanted: string | null, known: readonly string[]): string | null {
  if (wanted !== null && known.includes(wanted)) return null;
  if (known.length >= maxPromptVersions) {
    throw new GatewayError(
      'invalid_request',
      `version: expected at most ${maxPromptVersions} versions of a prompt; this would be one more. Use a new name.`,
      { param: 'version' },
    );
  }
  if (wanted !== null) return wanted;
  const numbers = known.filter((version) => /^\d{1,15}$/.test(version)).map(Number);
  return String(Math.max(0, ...numbers) + 1);
}

/** A prompt of the rows that were read; null where there are none. */
export function storedPrompt(
  name: string,
  versions: readonly Readonly<Record<string, unknown>>[],
  labels: readonly Readonly<Record<string, unknown>>[],
): StoredPrompt | null {
  if (versions.length === 0) return null;
  const shares: Record<string, Record<string, number>> = Object.create(null);
  for (const row of labels) {
    const label = String(row['label']);
    shares[label] ??= Object.create(null) as Record<string, number>;
    shares[label][String(row['version'])] = Number(row['weight']);
  }
  return {
    name,
    versions: versions.map((row) => ({
      version: String(row['version']),
      createdAtMs: Number(row['created_at_ms']),
    })),
    labels: shares,
  };
}

function checkCount(labels: readonly string[]): void {
  if (labels.length > maxLabels)
    throw new RangeError(`expected at most ${maxLabels} labels; came ${labels.length}`);
}

function checkWord(text: string): void {
  if (word.test(text)) return;
  throw new RangeError(
    `expected a name of 1 to 128 letters, digits, ".", "_" and "-" that begins with a letter or digit; came ${JSON.stringify(text.slice(0, 60))}`,
  );
}
