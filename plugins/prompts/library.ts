import type { MaybePromise } from '../../sdk/index.ts';
import type { PromptContent } from './content.ts';
import type { FilePrompts } from './files.ts';
import type { Prompt } from './prompt.ts';
import type { StoredPrompts } from './stored.ts';

/** Files and store together. A name that files have is theirs alone. */
export class PromptLibrary {
  readonly #files: () => FilePrompts;
  readonly stored: StoredPrompts;

  /** @param files may give others with every call: a folder that changes. */
  constructor(files: () => FilePrompts, stored: StoredPrompts) {
    this.#files = files;
    this.stored = stored;
  }

  find(name: string): MaybePromise<Prompt | null> {
    return this.#files().find(name) ?? this.stored.find(name);
  }

  content({ name, source }: Prompt, version: string): MaybePromise<PromptContent | null> {
    return source === 'file' ? this.#files().content(name, version) : this.stored.content(name, version);
  }

  /** Whether files have the name, so that nothing can be written under it. */
  isFile(name: string): boolean {
    return this.#files().find(name) !== null;
  }

  async names(after: string, limit: number): Promise<readonly string[]> {
    const both = [...this.#files().names(after, limit), ...(await this.stored.names(after, limit))];
    return [...new Set(both)].sort().slice(0, limit);
  }
}
