import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { MessageView, RequestView, TextView } from '../../../sdk/view.ts';
import { paramsOf } from '../openai/params.ts';
import { chatTexts, imageCountOf, messageText, roleOf } from './texts.ts';

/** What a message costs besides its text, in tokens. */
const tokensPerMessage = 4;
/** What an image costs, roughly: one at OpenAI's middle resolution. */
const tokensPerImage = 500;

/** A look at a chat request. Everything is computed on first use. */
export class ChatView implements RequestView {
  readonly api = 'chat';
  readonly #body: JsonObject;
  #messages: readonly MessageView[] | null = null;
  #texts: readonly TextView[] | null = null;
  #tools: readonly string[] | null = null;
  #params: Readonly<Record<string, Json>> | null = null;
  #inputTokens = -1;

  constructor(body: JsonObject) {
    this.#body = body;
  }

  get model(): string {
    return this.#body['model'] as string;
  }

  get stream(): boolean {
    return this.#body['stream'] === true;
  }

  get messages(): readonly MessageView[] {
    this.#messages ??= this.#rawMessages().map((message) => ({
      role: roleOf(message),
      text: messageText(message['content']),
      images: imageCountOf(message['content']),
    }));
    return this.#messages;
  }

  get lastUser(): string {
    const raw = this.#rawMessages();
    for (let index = raw.length - 1; index >= 0; index--) {
      const message = raw[index] as JsonObject;
      if (message['role'] === 'user') return messageText(message['content']);
    }
    return '';
  }

  get texts(): readonly TextView[] {
    this.#texts ??= chatTexts(this.#body);
    return this.#texts;
  }

  get tools(): readonly string[] {
    this.#tools ??= [...namesOf(this.#body['tools']), ...namesOf(this.#body['functions'])];
    return this.#tools;
  }

  get imageCount(): number {
    return this.messages.reduce((count, message) => count + message.images, 0);
  }

  get wantsJson(): boolean {
    const format = this.#body['response_format'];
    return isJsonObject(format) && (format['type'] === 'json_object' || format['type'] === 'json_schema');
  }

  get hasSystem(): boolean {
    return this.#rawMessages().some((message) => roleOf(message) === 'system');
  }

  get params(): Readonly<Record<string, Json>> {
    this.#params ??= paramsOf(this.#body);
    return this.#params;
  }

  get maxOutputTokens(): number | null {
    const { max_completion_tokens: now, max_tokens: old } = this.#body;
    if (typeof now === 'number') return now;
    return typeof old === 'number' ? old : null;
  }

  get inputTokens(): number {
    if (this.#inputTokens === -1) this.#inputTokens = this.#estimate();
    return this.#inputTokens;
  }

  #rawMessages(): readonly JsonObject[] {
    return this.#body['messages'] as readonly JsonObject[];
  }

  #estimate(): number {
    let chars = 0;
    for (const text of this.texts) chars += text.text.length;
    for (const field of ['tools', 'functions', 'response_format']) {
      const value = this.#body[field];
      if (typeof value === 'object' && value !== null) chars += JSON.stringify(value).length;
    }
    const extra = this.#rawMessages().length * tokensPerMessage + this.imageCount * tokensPerImage;
    return Math.ceil(chars / 4) + extra;
  }
}

/** Names of offered tools: functions, custom tools, and a provider's own by their type. */
function namesOf(tools: Json | undefined): string[] {
  if (!Array.isArray(tools)) return [];
  const names: string[] = [];
  for (const tool of tools as readonly Json[]) {
    if (!isJsonObject(tool)) continue;
    const holder = [tool['function'], tool['custom'], tool].find(
      (it) => isJsonObject(it) && typeof it['name'] === 'string',
    );
    const name = isJsonObject(holder) ? holder['name'] : tool['type'];
    if (typeof name === 'string') names.push(name);
  }
  return names;
}
