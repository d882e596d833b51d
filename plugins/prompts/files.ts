import { type PromptContent, PromptFault } from './content.ts';
import { isPromptFile, type PromptFile, readPromptFile } from './file.ts';
import type { Prompt, PromptSource } from './prompt.ts';

/** A file and what is in it. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** The prompts of a folder, all of them in memory. */
export class FilePrompts implements PromptSource {
  readonly #prompts = new Map<string, Prompt>();
  readonly #contents = new Map<string, PromptContent>();

  /** @throws PromptFault with everything that is wrong in the folder. */
  constructor(files: readonly NamedText[]) {
    const byName = new Map<string, PromptFile[]>();
    const faults: string[] = [];
    for (const { name, text } of files) {
      if (!isPromptFile(name)) continue;
      try {
        const read = readPromptFile(name, text);
        const others = byName.get(read.name) ?? [];
        const same = others.find(({ version }) => version === read.version);
        if (same !== undefined) {
          throw new PromptFault(`${name}: ${read.name} has version ${read.version} already, in ${same.file}`);
        }
        byName.set(read.name, [...others, read]);
      } catch (error) {
        faults.push((error as Error).message);
      }
    }
    for (const [name, own] of byName) faults.push(...this.#add(name, own));
    if (faults.length > 0) throw new PromptFault(faults.join('; '));
  }

  find(name: string): Prompt | null {
    return this.#prompts.get(name) ?? null;
  }

  content(name: string, version: string): PromptContent | null {
    return this.#contents.get(`${name}@${version}`) ?? null;
  }

  names(after: string, limit: number): readonly string[] {
    return [...this.#prompts.keys()]
      .filter((name) => name > after)
      .sort()
      .slice(0, limit);
  }

  #add(name: string, files: readonly PromptFile[]): string[] {
    const sorted = files.toSorted((a, b) => compareVersions(a.version, b.version));
    const labels: Record<string, Record<string, number>> = Object.create(null);
    const faults: string[] = [];
    for (const { file, version, labels: own, content } of sorted) {
      this.#contents.set(`${name}@${version}`, content);
      for (const [label, weight] of Object.entries(own)) {
        if (sorted.some((one) => one.version === label)) {
          faults.push(`${file}: labels.${label} is a version of ${name}, too; choose another word`);
        }
        labels[label] ??= Object.create(null) as Record<string, number>;
        labels[label][version] = weight;
      }
    }
    const versions = sorted.map(({ version }) => ({ version, createdAtMs: null }));
    this.#prompts.set(name, { name, source: 'file', versions, labels });
    return faults;
  }
}

/** Runs of digits by their value, everything else by code units: 2 before 10, v2 before v10. */
export function compareVersions(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (const [index, one] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (one === other) continue;
    const difference = Number(one) - Number(other);
    if (difference) return difference;
    return one < other ? -1 : 1;
  }
  return left.length - right.length;
}
