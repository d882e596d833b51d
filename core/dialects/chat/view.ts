import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { MessageView, TextView } from '../../../sdk/view.ts';
import { ConversationView, tokensPerMessage } from '../conversation-view.ts';
import { paramsOf } from '../openai/params.ts';
import { chatTexts, imageCountOf, messageText, roleOf } from './texts.ts';

/** What an image costs, roughly: one at OpenAI's middle resolution. */
const tokensPerImage = 500;

/** A look at a chat request. Everything is computed on first use. */
export class ChatView extends ConversationView {
  override readonly api = 'chat';

  override get lastUser(): string {
    const raw = this.#rawMessages();
    for (let index = raw.length - 1; index >= 0; index--) {
      const message = raw[index] as JsonObject;
      if (message['role'] === 'user') return messageText(message['content']);
    }
    return '';
  }

  override get wantsJson(): boolean {
    const format = this.body['response_format'];
    return isJsonObject(format) && (format['type'] === 'json_object' || format['type'] === 'json_schema');
  }

  override get hasSystem(): boolean {
    return this.#rawMessages().some((message) => roleOf(message) === 'system');
  }

  override get maxOutputTokens(): number | null {
    const { max_completion_tokens: now, max_tokens: old } = this.body;
    if (typeof now === 'number') return now;
    return typeof old === 'number' ? old : null;
  }

  protected override readMessages(): readonly MessageView[] {
    return this.#rawMessages().map((message) => ({
      role: roleOf(message),
      text: messageText(message['content']),
      images: imageCountOf(message['content']),
    }));
  }

  protected override readTexts(): readonly TextView[] {
    return chatTexts(this.body);
  }

  protected override readTools(): readonly string[] {
    return [...namesOf(this.body['tools']), ...namesOf(this.body['functions'])];
  }

  protected override readParams(): Readonly<Record<string, Json>> {
    return paramsOf(this.body);
  }

  protected override estimateTokens(): number {
    const chars = this.charsWith(['tools', 'functions', 'response_format']);
    const extra = this.#rawMessages().length * tokensPerMessage + this.imageCount * tokensPerImage;
    return Math.ceil(chars / 4) + extra;
  }

  #rawMessages(): readonly JsonObject[] {
    // A reference to a stored prompt may stand in for them.
    const { messages } = this.body;
    return Array.isArray(messages) ? (messages as readonly JsonObject[]) : [];
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
