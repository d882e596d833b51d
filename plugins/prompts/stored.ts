import { BoundedMap } from '../../sdk/bounded-map.ts';
import type { Clock, JsonObject, Log, PromptStore, StoredPrompt } from '../../sdk/index.ts';
import { type PromptContent, readContent } from './content.ts';
import type { Prompt, PromptSource } from './prompt.ts';

const maxNames = 2000;
/** About 32 MB. */
const maxContentChars = 16 * 1024 * 1024;

interface Known {
  readonly prompt: Prompt | null;
  readonly readAtMs: number;
}

/**
 * The prompts of the store, which other gateways write, too: labels are read again when what is known of them is old, and
 * versions, which never change, once. While the store is down what is known is used.
 */
export class StoredPrompts implements PromptSource {
  readonly #store: PromptStore;
  readonly #refreshMs: number;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #known = new BoundedMap<Known>(maxNames);
  readonly #contents = new BoundedMap<PromptContent>(maxContentChars);

  constructor(store: PromptStore, refreshMs: number, clock: Clock, log: Log) {
    this.#store = store;
    this.#refreshMs = refreshMs;
    this.#clock = clock;
    this.#log = log;
  }

  find(name: string): Prompt | null | Promise<Prompt | null> {
    const known = this.#known.get(name);
    if (known !== undefined && this.#clock.monotonic() - known.readAtMs < this.#refreshMs)
      return known.prompt;
    try {
      const found = this.#store.read(name);
      if (!(found instanceof Promise)) return this.#keep(name, found);
      return found.then(
        (prompt) => this.#keep(name, prompt),
        (error: unknown) => this.#stale(name, known, error),
      );
    } catch (error) {
      return this.#stale(name, known, error);
    }
  }

  content(name: string, version: string): PromptContent | null | Promise<PromptContent | null> {
    const key = `${name}@${version}`;
    const known = this.#contents.get(key);
    if (known !== undefined) return known;
    const found = this.#store.content(name, version);
    return found instanceof Promise
      ? found.then((json) => this.#compiled(key, json))
      : this.#compiled(key, found);
  }

  names(after: string, limit: number): readonly string[] | Promise<readonly string[]> {
    return this.#store.names(after, limit);
  }

  /** What was just written here is seen here at once. */
  forget(name: string): void {
    this.#known.delete(name);
  }

  #keep(name: string, stored: StoredPrompt | null): Prompt | null {
    const prompt: Prompt | null = stored === null ? null : { ...stored, source: 'store' };
    this.#known.set(name, { prompt, readAtMs: this.#clock.monotonic() });
    return prompt;
  }

  #stale(name: string, known: Known | undefined, error: unknown): Prompt | null {
    if (known === undefined) throw error;
    // Asked again after the same time: not with every request.
    this.#known.set(name, { ...known, readAtMs: this.#clock.monotonic() });
    this.#log.warn(
      { prompt: name },
      'the prompt store is out of reach; labels are used as they were last read',
    );
    return known.prompt;
  }

  #compiled(key: string, json: JsonObject | null): PromptContent | null {
    if (json === null) return null;
    const content = readContent(json);
    this.#contents.set(key, content, JSON.stringify(json).length);
    return content;
  }
}
