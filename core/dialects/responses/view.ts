import { isJsonObject, type Json } from '../../../sdk/json.ts';
import type { MessageView, TextView } from '../../../sdk/view.ts';
import { ConversationView, tokensPerMessage } from '../conversation-view.ts';
import { paramsOf } from '../openai/params.ts';
import { contentText, imageCountOf, isMessage, isResult, itemsOf, responsesTexts, roleOf } from './texts.ts';

/** What an image costs, roughly: one at OpenAI's middle resolution. */
const tokensPerImage = 500;

/** A look at a responses request. Everything is computed on first use. */
export class ResponsesView extends ConversationView {
  override readonly api = 'responses';

  override get wantsJson(): boolean {
    const { text } = this.body;
    const format = isJsonObject(text) ? text['format'] : undefined;
    return isJsonObject(format) && (format['type'] === 'json_object' || format['type'] === 'json_schema');
  }

  override get hasSystem(): boolean {
    return this.messages.some((message) => message.role === 'system');
  }

  override get maxOutputTokens(): number | null {
    const limit = this.body['max_output_tokens'];
    return typeof limit === 'number' ? limit : null;
  }

  protected override readMessages(): MessageView[] {
    const { instructions, input } = this.body;
    const messages: MessageView[] = [];
    if (typeof instructions === 'string' && instructions !== '') {
      messages.push({ role: 'system', text: instructions, images: 0 });
    }
    if (typeof input === 'string') messages.push({ role: 'user', text: input, images: 0 });
    for (const item of itemsOf(this.body)) {
      const content = isMessage(item) ? item['content'] : isResult(item['type']) ? item['output'] : undefined;
      if (content === undefined) continue;
      messages.push({ role: roleOf(item), text: contentText(content), images: imageCountOf(content) });
    }
    return messages;
  }

  protected override readTexts(): readonly TextView[] {
    return responsesTexts(this.body);
  }

  protected override readTools(): readonly string[] {
    return namesOf(this.body['tools']);
  }

  protected override readParams(): Readonly<Record<string, Json>> {
    const { instructions: _, ...params } = paramsOf(this.body);
    return params as Record<string, Json>;
  }

  protected override estimateTokens(): number {
    const items = typeof this.body['input'] === 'string' ? 1 : itemsOf(this.body).length;
    const chars = this.charsWith(['tools', 'text']);
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
