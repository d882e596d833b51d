import type { Json, JsonObject } from '../../sdk/json.ts';
import type { Api, MessageView, OtherView, RequestView, TextView } from '../../sdk/view.ts';
import { otherTexts } from './others.ts';

/** What a message costs besides its text, in tokens. */
export const tokensPerMessage = 4;

/** A look at a request that holds a conversation. Everything is computed on first use and kept. */
export abstract class ConversationView implements RequestView {
  abstract readonly api: Api;
  abstract readonly wantsJson: boolean;
  abstract readonly hasSystem: boolean;
  abstract readonly maxOutputTokens: number | null;
  readonly body: JsonObject;
  #messages: readonly MessageView[] | null = null;
  #texts: readonly TextView[] | null = null;
  #others: readonly OtherView[] | null = null;
  #tools: readonly string[] | null = null;
  #params: Readonly<Record<string, Json>> | null = null;
  #inputTokens = -1;

  constructor(body: JsonObject) {
    this.body = body;
  }

  get model(): string {
    return this.body['model'] as string;
  }

  get stream(): boolean {
    return this.body['stream'] === true;
  }

  get messages(): readonly MessageView[] {
    this.#messages ??= this.readMessages();
    return this.#messages;
  }

  get lastUser(): string {
    return this.messages.findLast((message) => message.role === 'user')?.text ?? '';
  }

  get texts(): readonly TextView[] {
    this.#texts ??= this.readTexts();
    return this.#texts;
  }

  get others(): readonly OtherView[] {
    this.#others ??= otherTexts(this.body, this.texts);
    return this.#others;
  }

  get tools(): readonly string[] {
    this.#tools ??= this.readTools();
    return this.#tools;
  }

  get imageCount(): number {
    return this.messages.reduce((count, message) => count + message.images, 0);
  }

  get params(): Readonly<Record<string, Json>> {
    this.#params ??= this.readParams();
    return this.#params;
  }

  get inputTokens(): number {
    if (this.#inputTokens === -1) this.#inputTokens = this.estimateTokens();
    return this.#inputTokens;
  }

  protected abstract readMessages(): readonly MessageView[];
  protected abstract readTexts(): readonly TextView[];
  protected abstract readTools(): readonly string[];
  protected abstract readParams(): Readonly<Record<string, Json>>;
  protected abstract estimateTokens(): number;

  /** Characters of all texts and of the JSON in some fields. */
  protected charsWith(fields: readonly string[]): number {
    let chars = 0;
    for (const { text } of this.texts) chars += text.length;
    for (const field of fields) {
      const value = this.body[field];
      if (typeof value === 'object' && value !== null) chars += JSON.stringify(value).length;
    }
    return chars;
  }
}
