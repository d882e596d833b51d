import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { MessageView, RequestView, TextView } from '../../../sdk/view.ts';
import { paramsOf } from '../openai/params.ts';
import { contentText, imageCountOf, isMessage, isResult, itemsOf, responsesTexts, roleOf } from './texts.ts';

/** What a message costs besides its text, in tokens. */
const tokensPerMessage = 4;
/** What an image costs, roughly: one at OpenAI's middle resolution. */
const tokensPerImage = 500;

/** A look at a responses request. Everything is computed on first use. */
export class ResponsesView implements RequestView {
  readonly api = 'responses';
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
    this.#messages ??= this.#readMessages();
    return this.#messages;
  }

  get lastUser(): string {
    return this.messages.findLast((message) => message.role === 'user')?.text ?? '';
  }

  get texts(): readonly TextView[] {
    this.#texts ??= responsesTexts(this.#body);
    return this.#texts;
  }

  get tools(): readonly string[] {
    this.#tools ??= namesOf(this.#body['tools']);
    return this.#tools;
  }

  get imageCount(): number {
    return this.messages.reduce((count, message) => count + message.images, 0);
  }

  get wantsJson(): boolean {
    const { text } = this.#body;
    const format = isJsonObject(text) ? text['format'] : undefined;
    return isJsonObject(format) && (format['type'] === 'json_object' || format['type'] === 'json_schema');
  }

  get hasSystem(): boolean {
    return this.messages.some((message) => message.role === 'system');
  }

  get params(): Readonly<Record<string, Json>> {
    if (this.#params === null) {
      const { instructions: _, ...params } = paramsOf(this.#body);
      this.#params = params as Record<string, Json>;
    }
    return this.#params;
  }

  get maxOutputTokens(): number | null {
    const limit = this.#body['max_output_tokens'];
    return typeof limit === 'number' ? limit : null;
  }

  get inputTokens(): number {
    if (this.#inputTokens === -1) this.#inputTokens = this.#estimate();
    return this.#inputTokens;
  }

  #readMessages(): MessageView[] {
    const { instructions, input } = this.#body;
    const messages: MessageView[] = [];
    if (typeof instructions === 'string' && instructions !== '') {
      messages.push({ role: 'system', text: instructions, images: 0 });
    }
    if (typeof input === 'string') messages.push({ role: 'user', text: input, images: 0 });
    for (const item of itemsOf(this.#body)) {
      const content = isMessage(item) ? item['content'] : isResult(item['type']) ? item['output'] : undefined;
      if (content === undefined) continue;
      messages.push({ role: roleOf(item), text: contentText(content), images: imageCountOf(content) });
    }
    return messages;
  }

  #estimate(): number {
    let chars = 0;
    for (const { text } of this.texts) chars += text.length;
    for (const field of ['tools', 'text']) {
      const value = this.#body[field];
      if (typeof value === 'object' && value !== null) chars += JSON.stringify(value).length;
    }
    const items = typeof this.#body['input'] === 'string' ? 1 : itemsOf(this.#body).length;
    return Math.ceil(chars / 4) + items * tokensPerMessage + this.imageCount * tokensPerImage;
  }
}

/** Names of offered tools: functions, custom tools and namespaces, and the provider's own by their type. */
function namesOf(tools: Json | undefined): string[] {
  if (!Array.isArray(tools)) return [];
  const names: string[] = [];
  for (const tool of tools as readonly Json[]) {
    if (!isJsonObject(tool)) continue;
    const name = tool['name'] ?? tool['type'];
    if (typeof name === 'string') names.push(name);
  }
  return names;
}
