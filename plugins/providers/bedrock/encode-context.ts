import type { CacheMark, Conversation } from '../../../sdk/conversation.ts';
import type { Json } from '../../../sdk/json.ts';
import type { ModelTraits } from '../../../sdk/traits.ts';
import { type ToolNames, toolNames } from '../../../sdk/translate/tool-names.ts';
import type { WireContext } from '../../../sdk/wire.ts';
import type { BedrockModel, CachePlace } from './model.ts';

/** Cache points that a request may have. */
const maxCachePoints = 4;

/** One request under way: what it is written for, and what could not be carried. */
export class EncodeContext {
  readonly model: BedrockModel;
  readonly traits: ModelTraits;
  /** Whose seals may be sent. */
  readonly issuer: string;
  readonly names: ToolNames;
  readonly dropped = new Set<string>();
  /** The client's dialect: parameters are named as it knows them. */
  readonly #dialect: string;
  /** Cache points in the order of the prompt. */
  readonly #points: Json[] = [];
  #documents = 0;

  constructor(conversation: Conversation, { target, traits }: WireContext, model: BedrockModel) {
    this.model = model;
    this.traits = traits;
    this.issuer = target.vendor || model.vendor;
    this.names = toolNames(conversation);
    this.#dialect = conversation.dialect;
  }

  /** A parameter could not be carried: its name in the dialect that the client speaks. */
  drop(
    names: { readonly chat: string; readonly messages?: string; readonly responses?: string } | string,
  ): void {
    if (typeof names === 'string') this.dropped.add(names);
    else {
      const { chat, messages = chat, responses = chat } = names;
      this.dropped.add(
        this.#dialect === 'messages' ? messages : this.#dialect === 'responses' ? responses : chat,
      );
    }
  }

  /** Writes a cache point after what `to` ends with. Places must come in the order of the prompt: tools, system, messages. */
  cache(mark: CacheMark | undefined, place: CachePlace, to: Json[]): void {
    if (mark === undefined) return;
    if (!this.model.cachePlaces.has(place)) return this.drop('cache_control');
    const last = to.at(-1);
    if (last === undefined || (typeof last === 'object' && last !== null && 'cachePoint' in last)) return;
    // Five minutes is what models without a `ttl` keep, too.
    const { ttl } = mark;
    const longer = ttl !== null && ttl !== '5m';
    if (longer && !this.model.cacheTtl) this.drop('cache_control.ttl');
    const point = { cachePoint: { type: 'default', ...(longer && this.model.cacheTtl ? { ttl } : {}) } };
    this.#points.push(point);
    to.push(point);
  }

  /** Takes the first of too many cache points out again: the later ones cache what is before those, too. */
  limitCachePoints(lists: readonly Json[][]): void {
    if (this.#points.length <= maxCachePoints) return;
    const surplus = new Set(this.#points.slice(0, -maxCachePoints));
    for (const list of lists) {
      for (let index = list.length - 1; index >= 0; index -= 1) {
        if (surplus.has(list[index]!)) list.splice(index, 1);
      }
    }
    this.drop('cache_control');
  }

  /** A name for a document that no other has, and that says nothing: the model would read it as an instruction. */
  documentName(): string {
    this.#documents += 1;
    return `document-${this.#documents}`;
  }
}

/** Cache points that a tool's result asks for, inside and after it: Converse has a place after it only. */
export function resultMark(
  cache: CacheMark | undefined,
  content: readonly { readonly cache?: CacheMark }[],
): CacheMark | undefined {
  return cache ?? content.findLast((block) => block.cache !== undefined)?.cache;
}
