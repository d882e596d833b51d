import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { MessageView, RequestView, TextView } from '../../../sdk/view.ts';
import { blocksOf, hasText, messagesOf, messagesTexts, messageViews } from './texts.ts';

/** What a message costs besides its text, in tokens. */
const tokensPerMessage = 4;
/** What an image costs, roughly: Anthropic counts width × height / 750, at most about 1600. */
const tokensPerImage = 800;
/** What a document that is no text costs, roughly: a page or two of PDF. */
const tokensPerDocument = 3000;

/** Members that are the request itself rather than a parameter of it. */
const conversation: ReadonlySet<string> = new Set(['model', 'messages', 'system', 'tools']);

/** A look at a messages request. Everything is computed on first use. */
export class MessagesView implements RequestView {
  readonly api: 'messages' | 'count_tokens';
  readonly #body: JsonObject;
  #messages: readonly MessageView[] | null = null;
  #texts: readonly TextView[] | null = null;
  #tools: readonly string[] | null = null;
  #params: Readonly<Record<string, Json>> | null = null;
  #inputTokens = -1;

  constructor(api: 'messages' | 'count_tokens', body: JsonObject) {
    this.api = api;
    this.#body = body;
  }

  get model(): string {
    return this.#body['model'] as string;
  }

  get stream(): boolean {
    return this.api === 'messages' && this.#body['stream'] === true;
  }

  get messages(): readonly MessageView[] {
    this.#messages ??= messageViews(this.#body);
    return this.#messages;
  }

  get lastUser(): string {
    return this.messages.findLast((message) => message.role === 'user')?.text ?? '';
  }

  get texts(): readonly TextView[] {
    this.#texts ??= messagesTexts(this.#body);
    return this.#texts;
  }

  get tools(): readonly string[] {
    this.#tools ??= blocksOf(this.#body['tools']).flatMap((tool) => {
      const name = tool['name'] ?? tool['type'];
      return typeof name === 'string' ? [name] : [];
    });
    return this.#tools;
  }

  get imageCount(): number {
    return this.messages.reduce((count, message) => count + message.images, 0);
  }

  get wantsJson(): boolean {
    const { output_config: config, output_format: legacy } = this.#body;
    return isJsonObject(isJsonObject(config) ? config['format'] : undefined) || isJsonObject(legacy);
  }

  get hasSystem(): boolean {
    return hasText(this.#body['system']) || messagesOf(this.#body).some(({ role }) => role === 'system');
  }

  get params(): Readonly<Record<string, Json>> {
    this.#params ??= Object.fromEntries(
      Object.entries(this.#body).filter(
        (member): member is [string, Json] => member[1] !== undefined && !conversation.has(member[0]),
      ),
    );
    return this.#params;
  }

  get maxOutputTokens(): number | null {
    const limit = this.#body['max_tokens'];
    return this.api === 'messages' && typeof limit === 'number' ? limit : null;
  }

  get inputTokens(): number {
    if (this.#inputTokens === -1) this.#inputTokens = this.#estimate();
    return this.#inputTokens;
  }

  #estimate(): number {
    let chars = 0;
    let tokens = this.imageCount * tokensPerImage;
    for (const { text } of this.texts) chars += text.length;
    for (const field of ['tools', 'output_config']) {
      const value = this.#body[field];
      if (typeof value === 'object' && value !== null) chars += JSON.stringify(value).length;
    }
    for (const message of messagesOf(this.#body)) {
      tokens += tokensPerMessage;
      for (const { type, thinking, source } of blocksOf(message['content'])) {
        if (typeof thinking === 'string') chars += thinking.length;
        const known = isJsonObject(source) && (source['type'] === 'text' || source['type'] === 'content');
        if (type === 'document' && !known) tokens += tokensPerDocument;
      }
    }
    return Math.ceil(chars / 4) + tokens;
  }
}
