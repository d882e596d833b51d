import type { Conversation } from '../../../sdk/conversation.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import { budgetOf, effortOf, nearestEffort } from '../../../sdk/translate/effort.ts';
import type { TidyTurn } from '../../../sdk/translate/turns.ts';
import type { EncodeContext } from './encode-context.ts';
import { isSent } from './messages.ts';

/** How a request reasons. */
export interface EncodedReasoning {
  /** For `additionalModelRequestFields`. */
  readonly fields: JsonObject;
  readonly on: boolean;
  /** Thinking tokens that the output limit must leave room for; 0 where there is no such number. */
  readonly budgetTokens: number;
}

const off: EncodedReasoning = { fields: {}, on: false, budgetTokens: 0 };

/** Anthropic's own minimum. */
const minBudgetTokens = 1024;
/** For clients that leave it to the model, where the model wants a number. */
const usualBudgetTokens = 8192;

/** @param forced true where the client demands a call, with which Claude does not think. */
export function encodeReasoning(
  conversation: Conversation,
  turns: readonly TidyTurn[],
  forced: boolean,
  context: EncodeContext,
): EncodedReasoning {
  const { reasoning } = conversation;
  const { traits, model } = context;
  if (reasoning === null) return off;
  const wanted = effortOf(reasoning);
  if (!model.claude) return encodeEffort(wanted, conversation, context);

  const { efforts = ['low', 'medium', 'high'] } = traits;
  if (traits.reasoning !== 'budget' && traits.reasoning !== 'adaptive')
    return wanted === 'none' ? off : drop(context);
  if (wanted === 'none') {
    // Models that always think refuse to be told not to.
    const canStop = traits.reasoning === 'budget' || efforts.includes('none');
    return canStop ? { ...off, fields: { thinking: { type: 'disabled' } } } : drop(context);
  }
  if (forced) return drop(context);
  if (traits.reasoning === 'adaptive') {
    const effort = wanted === null ? null : nearestEffort(wanted, efforts);
    return {
      fields: {
        // Newer models hide the text unless it is asked for.
        thinking: { type: 'adaptive', ...(reasoning.visible === true ? { display: 'summarized' } : {}) },
        ...(effort === null ? {} : { output_config: { effort } }),
      },
      on: true,
      budgetTokens: 0,
    };
  }
  if (lacksThinking(turns, context)) return drop(context);
  const budgetTokens = Math.max(minBudgetTokens, budgetOf(reasoning) ?? usualBudgetTokens);
  return { fields: { thinking: { type: 'enabled', budget_tokens: budgetTokens } }, on: true, budgetTokens };
}

/** Models that take a word: Nova 2 in an object of its own, gpt-oss in OpenAI's member. */
function encodeEffort(
  wanted: ReturnType<typeof effortOf>,
  conversation: Conversation,
  context: EncodeContext,
): EncodedReasoning {
  const { traits, model } = context;
  if (traits.reasoning !== 'effort') return wanted === 'none' ? off : drop(context);
  const effort = nearestEffort(wanted ?? 'medium', traits.efforts ?? ['low', 'medium', 'high']);
  if (effort === null) return drop(context);
  if (!model.nova) return { ...off, fields: { reasoning_effort: effort }, on: true };
  if (effort === 'none') return off;
  // `high` excludes a limit and sampling (Nova 2 user guide, extended thinking); a limit holds money and stays.
  const { maxOutputTokens, temperature, topP } = conversation;
  const limited = effort === 'high' && (maxOutputTokens !== null || temperature !== null || topP !== null);
  if (limited) drop(context);
  return {
    ...off,
    fields: { reasoningConfig: { type: 'enabled', maxReasoningEffort: limited ? 'medium' : effort } },
    on: true,
  };
}

/**
 * True where the calls that are being answered were made without thinking that can be sent, and where an answer is to be
 * continued: Claude of this kind refuses to think then ("Expected `thinking` …, but found `tool_use`").
 */
function lacksThinking(turns: readonly TidyTurn[], context: EncodeContext): boolean {
  let calls = false;
  for (let index = turns.length - 1; index >= 0; index -= 1) {
    const { role, blocks } = turns[index]!;
    if (role === 'user') {
      if (!blocks.some((block) => block.type === 'tool_result')) break;
    } else if (blocks.some((block) => block.type === 'reasoning' && isSent(block, context))) {
      return false;
    } else {
      calls ||= blocks.some((block) => block.type === 'tool_call');
    }
  }
  return calls || turns.at(-1)?.role === 'assistant';
}

function drop(context: EncodeContext): EncodedReasoning {
  context.drop({ chat: 'reasoning_effort', messages: 'thinking', responses: 'reasoning' });
  return off;
}
