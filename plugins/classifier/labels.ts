import { labelsMark } from './options.ts';

const labelPattern = /^[A-Za-z0-9_-]{1,64}$/;
/** What of an answer is looked at: a model that says more than this did not do what it was told. */
const maxAnswerChars = 200;

/** The labels that a model chooses from. */
export class Labels {
  /** As they are written, by how answers write them. */
  readonly #byWord = new Map<string, string>();
  readonly #prompt: string;

  /**
   * @param prompt with `{labels}` where they stand.
   * @throws Error for a label that is no word, two that differ only in case, and a prompt without a place for them.
   */
  constructor(labels: Readonly<Record<string, string>>, prompt: string) {
    for (const label of Object.keys(labels)) {
      if (!labelPattern.test(label)) {
        throw new Error(
          `labels: expected words of letters, digits, - and _, at most 64; came ${JSON.stringify(label)}`,
        );
      }
      const word = label.toLowerCase();
      const twin = this.#byWord.get(word);
      if (twin !== undefined) throw new Error(`labels: "${twin}" and "${label}" differ only in case`);
      this.#byWord.set(word, label);
    }
    if (!prompt.includes(labelsMark))
      throw new Error(`prompt: expected ${labelsMark} where the labels stand`);
    const list = Object.entries(labels).map(([label, text]) => `- ${label}: ${text}`);
    this.#prompt = prompt.split(labelsMark).join(list.join('\n'));
  }

  /** The system prompt. */
  get prompt(): string {
    return this.#prompt;
  }

  /** The one label that an answer names, bare, quoted or in JSON; null where it names none, or several. */
  read(answer: string): string | null {
    let found: string | null = null;
    for (const word of answer
      .slice(0, maxAnswerChars)
      .toLowerCase()
      .split(/[^a-z0-9_-]+/)) {
      const label = this.#byWord.get(word);
      if (label === undefined || label === found) continue;
      if (found !== null) return null;
      found = label;
    }
    return found;
  }
}

/**
 * A message as the model gets it: as a JSON string, so that nothing in it can look like the end of it. Of a longer one the
 * beginning and the end, where people say what they want.
 */
export function question(text: string): string {
  return `Message, as JSON: ${JSON.stringify(text)}\n\nLabel:`;
}

/** At most about `maxChars` of a text, without cutting a character in half. */
export function clipped(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const half = Math.floor(maxChars / 2);
  return `${text.slice(0, half).toWellFormed()} […] ${text.slice(-half).toWellFormed()}`;
}
