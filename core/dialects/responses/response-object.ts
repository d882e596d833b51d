import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { AnswerMeta } from '../dialect.ts';

/**
 * Members of a response that say nothing of the answer's own text: taken over from the provider's where the gateway has
 * to write the response itself. Others could repeat a text that a policy has changed.
 */
const carried: readonly string[] = [
  'id',
  'created_at',
  'completed_at',
  'background',
  'billing',
  'conversation',
  'frequency_penalty',
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'model',
  'parallel_tool_calls',
  'presence_penalty',
  'previous_response_id',
  'prompt',
  'prompt_cache_key',
  'prompt_cache_retention',
  'reasoning',
  'safety_identifier',
  'service_tier',
  'store',
  'temperature',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'truncation',
  'user',
];

/** How a response ended, or that it has not. */
export interface ResponseState {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  readonly output: readonly JsonObject[];
  readonly usage: JsonObject | null;
  readonly incompleteReason?: string;
  readonly error?: JsonObject;
}

/** The `response` of lifecycle events and whole answers, without what it holds. */
export class ResponseObject {
  #fields: Record<string, Json>;
  #learnt = false;
  #model: string | null = null;

  constructor(meta: AnswerMeta) {
    this.#fields = {
      id: meta.id.startsWith('resp_') ? meta.id : `resp_${meta.id}`,
      object: 'response',
      created_at: Math.floor(meta.createdAtMs / 1000),
      status: 'in_progress',
      background: false,
      error: null,
      incomplete_details: null,
      instructions: null,
      max_output_tokens: null,
      model: meta.model,
      output: [],
      parallel_tool_calls: true,
      previous_response_id: null,
      reasoning: { effort: null, summary: null },
      store: false,
      temperature: null,
      text: { format: { type: 'text' } },
      tool_choice: 'auto',
      tools: [],
      top_p: null,
      truncation: 'disabled',
      usage: null,
      metadata: {},
    };
  }

  get id(): string {
    return this.#fields['id'] as string;
  }

  /** The model that the provider named; null where it named none (yet). */
  get model(): string | null {
    return this.#model;
  }

  /** Takes over what a provider's response says about itself. */
  learn(response: JsonObject): void {
    if (!this.#learnt) {
      this.#learnt = true;
      // What we would say by default is no longer known: the provider says it.
      const { background: _b, store: _s, truncation: _t, ...rest } = this.#fields;
      this.#fields = rest as Record<string, Json>;
    }
    for (const name of carried) {
      const value = response[name];
      if (value === undefined || value === '') continue;
      if ((name === 'text' || name === 'reasoning') && typeof value === 'string') continue;
      this.#fields[name] = value;
    }
    const { model } = response;
    if (typeof model === 'string' && model !== '') this.#model = model;
  }

  build({ status, output, usage, incompleteReason, error }: ResponseState): JsonObject {
    return {
      ...this.#fields,
      status,
      error: error ?? null,
      incomplete_details: incompleteReason === undefined ? null : { reason: incompleteReason },
      output,
      usage,
    };
  }
}

/** The `response` of an event; null where there is none. */
export function responseOf(event: JsonObject): JsonObject | null {
  return isJsonObject(event['response']) ? event['response'] : null;
}
