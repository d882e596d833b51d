import type { PromptContent } from './content.ts';

/** What a name stands for: its versions, and what labels say of them. */
export interface Prompt {
  readonly name: string;
  readonly source: 'file' | 'store';
  /** The oldest first; the last one is what is meant where nothing else is said. */
  readonly versions: readonly PromptVersionInfo[];
  /** Weights of versions by label. */
  readonly labels: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface PromptVersionInfo {
  readonly version: string;
  /** Null for files. */
  readonly createdAtMs: number | null;
}

/** Where prompts come from. */
export interface PromptSource {
  /** Null where it has no prompt of that name. */
  find(name: string): Prompt | null | Promise<Prompt | null>;
  /** Of a version that `find` named. */
  content(name: string, version: string): PromptContent | null | Promise<PromptContent | null>;
  /** Names after the given one, sorted. */
  names(after: string, limit: number): readonly string[] | Promise<readonly string[]>;
}
