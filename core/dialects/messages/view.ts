import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { MessageView, TextView } from '../../../sdk/view.ts';
import { ConversationView, tokensPerMessage } from '../conversation-view.ts';
import { blocksOf, hasText, messagesOf, messagesTexts, messageViews } from './texts.ts';

/** What an image costs, roughly: Anthropic counts width × height / 750, at most about 1600. */
const tokensPerImage = 800;
/** What a document that is no text costs, roughly: a page or two of PDF. */
const tokensPerDocument = 3000;

/** Members that are the request itself rather than a parameter of it. */
const conversation: ReadonlySet<string> = new Set(['model', 'messages', 'system', 'tools']);

/** A look at a messages request. Everything is computed on first use. */
export class MessagesView extends ConversationView {
  override readonly api: 'messages' | 'count_tokens';

  constructor(api: 'messages' | 'count_tokens', body: JsonObject) {
    super(body);
    this.api = api;
  }

  override get stream(): boolean {
    return this.api === 'messages' && super.stream;
  }

  override get wantsJson(): boolean {
    const { output_config: config, output_format: legacy } = this.body;
    return isJsonObject(isJsonObject(config) ? config['format'] : undefined) || isJsonObject(legacy);
  }

  override get hasSystem(): boolean {
    return hasText(this.body['system']) || messagesOf(this.body).some(({ role }) => role === 'system');
  }

  override get maxOutputTokens(): number | null {
    const limit = this.body['max_tokens'];
    return this.api === 'messages' && typeof limit === 'number' ? limit : null;
  }

  protected override readMessages(): readonly MessageView[] {
    return messageViews(this.body);
  }

  protected override readTexts(): readonly TextView[] {
    return messagesTexts(this.body);
  }

  protected override readTools(): readonly string[] {
    return blocksOf(this.body['tools']).flatMap((tool) => {
      const name = tool['name'] ?? tool['type'];
      return typeof name === 'string' ? [name] : [];
    });
  }

  protected override readParams(): Readonly<Record<string, Json>> {
    return Object.fromEntries(
      Object.entries(this.body).filter(
        (member): member is [string, Json] => member[1] !== undefined && !conversation.has(member[0]),
      ),
    );
  }

  protected override estimateTokens(): number {
    let chars = this.charsWith(['tools', 'output_config']);
    let tokens = this.imageCount * tokensPerImage;
    for (const message of messagesOf(this.body)) {
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
