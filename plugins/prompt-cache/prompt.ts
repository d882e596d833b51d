import { isJsonObject, type Json, type RequestView } from '../../sdk/index.ts';

/** What prefixes are made of, read once per request. */
export interface PromptParts {
  /** The tools as JSON; '' where there are none. */
  readonly tools: string;
  /** Texts of the system prompt, joined. */
  readonly system: string;
  /** Texts of the conversation in order. */
  readonly texts: readonly { readonly pointer: string; readonly role: string; readonly chars: number }[];
}

const inConversation = /^\/(?:messages|input)(?:\/|$)/;
const markNames = ['cache_control', 'prompt_cache_breakpoint'] as const;

export function promptParts({ body, texts }: RequestView): PromptParts {
  const { tools } = body;
  const system: string[] = [];
  const rest: { pointer: string; role: string; chars: number }[] = [];
  for (const { pointer, role, text } of texts) {
    // Instructions in the middle of a conversation are part of it.
    if (role === 'system' && rest.length === 0) system.push(text);
    // A text outside of the messages, such as a prediction, is no part of the prefix.
    else if (inConversation.test(pointer)) rest.push({ pointer, role, chars: text.length });
  }
  return {
    tools: Array.isArray(tools) && tools.length > 0 ? JSON.stringify(tools) : '',
    system: system.join('\n'),
    texts: rest,
  };
}

/** Whether the client placed marks by itself: then it knows what it wants. */
export function hasMarks({ body }: RequestView): boolean {
  return (
    isMarked(body) ||
    anyMarked(body['tools']) ||
    anyMarked(body['system']) ||
    anyMarked(body['messages']) ||
    anyMarked(body['input'])
  );
}

function anyMarked(list: Json | undefined): boolean {
  return (
    Array.isArray(list) && (list as readonly Json[]).some((item) => isMarked(item) || hasMarkedContent(item))
  );
}

function hasMarkedContent(item: Json): boolean {
  return isJsonObject(item) && (anyMarked(item['content']) || isMarked(item['function']));
}

function isMarked(value: Json | undefined): boolean {
  return isJsonObject(value) && markNames.some((name) => isJsonObject(value[name]));
}
