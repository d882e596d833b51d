import { parse } from 'yaml';
import { isJsonObject, type Json, type JsonObject } from '../../sdk/index.ts';
import { type PromptContent, PromptFault, readContent } from './content.ts';
import { isWord, wordForm } from './words.ts';

/** One file of the folder: one version of one prompt. */
export interface PromptFile {
  readonly file: string;
  readonly name: string;
  readonly version: string;
  /** Weights by label. */
  readonly labels: Readonly<Record<string, number>>;
  readonly content: PromptContent;
}

const endings = ['.md', '.txt', '.yaml', '.yml'] as const;
const fence = '---';

/** True for files that are prompts; a README is for people. */
export function isPromptFile(file: string): boolean {
  const base = file.slice(file.lastIndexOf('/') + 1);
  return endings.some((ending) => base.endsWith(ending)) && !/^readme\./i.test(base) && !base.startsWith('.');
}

/**
 * Reads `support.md`: YAML between two lines `---`, then the prompt's text; or a file that is YAML as a whole.
 *
 * @throws PromptFault that names the file.
 */
export function readPromptFile(file: string, text: string): PromptFile {
  try {
    const { name = stem(file), version = '1', labels, ...rest } = partsOf(file, text);
    const known = typeof version === 'number' && Number.isInteger(version) ? String(version) : version;
    if (!isWord(name)) throw new PromptFault(`name: expected ${wordForm}`);
    if (!isWord(known)) {
      throw new PromptFault(
        `version: expected ${wordForm}; write what YAML would take for a fraction in quotes`,
      );
    }
    return { file, name, version: known, labels: readLabels(labels), content: readContent(rest) };
  } catch (error) {
    throw new PromptFault(`${file}: ${(error as Error).message}`);
  }
}

/** The members of the front matter, the text below it as `text`. */
function partsOf(file: string, text: string): JsonObject {
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (file.endsWith('.yaml') || file.endsWith('.yml')) return front(plain);
  const lines = plain.split(/\r?\n/);
  const end =
    lines[0]?.trimEnd() === fence
      ? lines.findIndex((line, index) => index > 0 && line.trimEnd() === fence)
      : -1;
  if (end === -1) {
    throw new PromptFault(
      `expected front matter between two lines ${fence}; begin with name, version and variables`,
    );
  }
  const members = front(lines.slice(1, end).join('\n'));
  const below = lines
    .slice(end + 1)
    .join('\n')
    .trim();
  return below === '' ? members : { ...members, text: below };
}

function front(text: string): JsonObject {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw new PromptFault((error as Error).message.split('\n', 1)[0]!);
  }
  const json = JSON.parse(JSON.stringify(value ?? {})) as Json;
  if (!isJsonObject(json)) throw new PromptFault('expected members such as "name: hello"');
  return json;
}

/** A list of labels, or weights by label. */
function readLabels(value: Json | undefined): Readonly<Record<string, number>> {
  const labels: Record<string, number> = Object.create(null);
  if (value === undefined || value === null) return labels;
  const entries = Array.isArray(value)
    ? (value as readonly Json[]).map((label) => [label, 1] as const)
    : isJsonObject(value)
      ? Object.entries(value)
      : [[value, 1] as const];
  for (const [label, weight] of entries) {
    if (!isWord(label)) throw new PromptFault(`labels: expected names of ${wordForm}`);
    if (typeof weight !== 'number' || !Number.isInteger(weight) || weight < 1 || weight > 1_000_000) {
      throw new PromptFault(`labels.${label}: expected a weight from 1 to 1000000`);
    }
    labels[label] = weight;
  }
  return labels;
}

function stem(file: string): string {
  const base = file.slice(file.lastIndexOf('/') + 1);
  return base.slice(0, base.lastIndexOf('.'));
}
