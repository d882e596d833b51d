import { RE2JS } from 're2js';

/** `pattern` of schemas on a linear-time engine, in the shape that ajv asks for. */
class LinearPattern {
  readonly #pattern: RE2JS;
  readonly #source: string;

  /** @throws Error for what the engine does not have: lookaround and back-references. */
  constructor(source: string) {
    this.#source = source;
    try {
      this.#pattern = RE2JS.compile(RE2JS.translateRegExp(source));
    } catch (error) {
      throw new Error(
        `the pattern ${JSON.stringify(source.slice(0, 80))} cannot run in linear time (${error instanceof Error ? error.message : error}); write it without lookaround and back-references`,
      );
    }
  }

  test(text: string): boolean {
    return this.#pattern.matcher(text).find();
  }

  /** Ajv takes patterns with the same text for the same pattern. */
  toString(): string {
    return this.#source;
  }
}

/** What ajv makes patterns with. */
export const linearPatterns = Object.assign((source: string) => new LinearPattern(source), {
  // Only of use for code that is written to a file.
  code: 'linearPatterns',
});
