import type { Api, JsonObject, RequestView } from '../../../sdk/index.ts';
import { chatMembers, readChat } from './chat.ts';
import { type CommonForm, isSet, Uncommon } from './form.ts';
import { messagesMembers, readMessages } from './messages.ts';
import { readResponses, responsesMembers } from './responses.ts';

const readers: Partial<
  Record<Api, { readonly members: readonly string[]; readonly read: (body: JsonObject) => CommonForm }>
> = {
  chat: { members: chatMembers, read: readChat },
  messages: { members: messagesMembers, read: readMessages },
  responses: { members: responsesMembers, read: readResponses },
};

/** The only version that clients of the messages endpoint send; it says nothing that other endpoints could. */
const usualVersion = '2023-06-01';

export interface Common {
  readonly form: CommonForm;
  /** The last text of the user, with which the conversation ends, and its pointer in `form`. */
  readonly prompt: string;
  readonly promptAt: string;
}

/**
 * The request in words that all endpoints share; null where it says anything that one of them could not say, or that
 * defaults decide which differ between them. Two requests with equal forms mean the same.
 *
 * @param without top-level members that change no answer.
 */
export function commonForm(
  view: RequestView,
  headers: Readonly<Record<string, string>>,
  without: ReadonlySet<string>,
): Common | null {
  const reader = readers[view.api];
  if (reader === undefined) return null;
  const version = headers['anthropic-version'];
  if (version !== undefined && version !== '' && version !== usualVersion) return null;
  if (isNamed(headers['anthropic-beta']) || isNamed(headers['openai-beta'])) return null;
  const { body } = view;
  for (const name in body) {
    if (without.has(name)) {
      // An endpoint calls it by another name: whoever leaves it out here must not leave out half of it.
      if (reader.members.includes(name) && name !== 'user') return null;
    } else if (isSet(body[name]) && !reader.members.includes(name)) return null;
  }
  try {
    const form = reader.read(body);
    const at = form.turns.length - 1;
    const last = form.turns[at];
    // Behind an assistant's turn endpoints differ: one continues it, another answers it.
    if (last === undefined || last[0] !== 'user') return null;
    const [, texts] = last;
    return {
      form: form.user !== undefined && without.has('user') ? { ...form, user: undefined } : form,
      prompt: texts.at(-1)!,
      promptAt: `/turns/${at}/1/${texts.length - 1}`,
    };
  } catch (error) {
    if (error instanceof Uncommon) return null;
    throw error;
  }
}

function isNamed(header: string | undefined): boolean {
  return header !== undefined && header !== '';
}
