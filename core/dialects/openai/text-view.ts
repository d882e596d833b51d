import type { Json, JsonObject } from '../../../sdk/json.ts';
import type { MessageView, OtherView, RequestView, TextView } from '../../../sdk/view.ts';
import { otherTexts } from '../others.ts';
import { type Inputs, inputsOf } from './inputs.ts';
import { paramsOf } from './params.ts';

/** A look at a request whose content is a list of texts: a text completion or embeddings. All texts are the user's. */
export class TextRequestView implements RequestView {
  readonly api: 'completions' | 'embeddings';
  readonly tools: readonly string[] = [];
  readonly imageCount = 0;
  readonly wantsJson = false;
  readonly hasSystem = false;
  readonly body: JsonObject;
  #inputs: Inputs | null = null;
  #texts: readonly TextView[] | null = null;
  #others: readonly OtherView[] | null = null;
  #params: Readonly<Record<string, Json>> | null = null;

  constructor(api: 'completions' | 'embeddings', body: JsonObject) {
    this.api = api;
    this.body = body;
  }

  get model(): string {
    return this.body['model'] as string;
  }

  get stream(): boolean {
    return this.api === 'completions' && this.body['stream'] === true;
  }

  get messages(): readonly MessageView[] {
    return this.#read().texts.map(({ text }) => ({ role: 'user', text, images: 0 }));
  }

  get lastUser(): string {
    return this.#read().texts.at(-1)?.text ?? '';
  }

  get texts(): readonly TextView[] {
    if (this.#texts === null) {
      const texts: TextView[] = this.#read().texts.map(({ pointer, text }) => ({
        pointer,
        role: 'user',
        text,
      }));
      const { suffix } = this.body;
      if (this.api === 'completions' && typeof suffix === 'string' && suffix !== '') {
        texts.push({ pointer: '/suffix', role: 'user', text: suffix });
      }
      this.#texts = texts;
    }
    return this.#texts;
  }

  get others(): readonly OtherView[] {
    this.#others ??= otherTexts(this.body, this.texts);
    return this.#others;
  }

  get params(): Readonly<Record<string, Json>> {
    this.#params ??= paramsOf(this.body);
    return this.#params;
  }

  get maxOutputTokens(): number | null {
    const limit = this.body['max_tokens'];
    return this.api === 'completions' && typeof limit === 'number' ? limit : null;
  }

  get inputTokens(): number {
    let chars = 0;
    for (const { text } of this.texts) chars += text.length;
    return Math.ceil(chars / 4) + this.#read().tokenCount;
  }

  #read(): Inputs {
    this.#inputs ??= inputsOf(this.body, this.api === 'completions' ? 'prompt' : 'input');
    return this.#inputs;
  }
}
