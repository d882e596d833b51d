import type { Json } from '../../../sdk/json.ts';
import type { RequestView, Role } from '../../../sdk/view.ts';
import { readArgs, readBoolean, readList, readNumber, readObject, readOneOf } from '../reader.ts';
import { defaultMaxChars, maxMaxChars } from '../regex.ts';
import { type LeafKind, leafKind } from './leaf.ts';
import { parseRegex, safeRegex } from './request.ts';

const roles = ['system', 'user', 'assistant', 'tool'] as const satisfies readonly Role[];

type Source = { readonly source: string; readonly flags: string };
type ContentOptions = { readonly roles: readonly Role[]; readonly last: boolean; readonly maxChars: number };

/**
 * `content(re, { roles, last, maxChars })`: whether the pattern matches in any one message. Without `roles` every
 * message counts, with `last` only the last one of them (of the user's, by default). The first `maxChars`
 * characters are scanned, over all messages together.
 */
const content = leafKind<[Source, ContentOptions]>({
  need: 'req',
  parse(args, name) {
    const [re, given] = readArgs(args, name, 2);
    const options =
      given === undefined || given === null
        ? {}
        : readObject(given, `${name} argument 2`, ['roles', 'last', 'maxChars']);
    const last = readBoolean(options['last'], `${name} last`, false);
    const maxChars =
      options['maxChars'] === undefined
        ? defaultMaxChars
        : readNumber(options['maxChars'], `${name} maxChars`, { min: 1, max: maxMaxChars, integer: true });
    const wanted =
      options['roles'] === undefined
        ? last
          ? (['user'] as const)
          : roles
        : readList(options['roles'], `${name} roles`, (role, what) => readOneOf(role, what, roles), {
            max: 4,
          });
    return [parseRegex(re, `${name} argument 1`, maxChars), { roles: [...wanted], last, maxChars }];
  },
  prepare([re, { roles, last, maxChars }]) {
    const test = safeRegex(re, maxChars);
    const isLastUser = last && roles.length === 1 && roles[0] === 'user';
    const texts = (view: RequestView): readonly string[] => {
      if (isLastUser) return [view.lastUser];
      if (!last) return view.messages.filter(({ role }) => roles.includes(role)).map(({ text }) => text);
      const message = view.messages.findLast(({ role }) => roles.includes(role));
      return message === undefined ? [] : [message.text];
    };
    return {
      // What was read is content and stays out of the trace: only how much of it.
      see: ({ ctx }) => seenChars(texts(ctx.view), maxChars),
      holds(_, { ctx }) {
        let left = maxChars;
        for (const text of texts(ctx.view)) {
          if (left <= 0) return false;
          if (test(text.length > left ? text.slice(0, left) : text)) return true;
          left -= text.length;
        }
        return false;
      },
    };
  },
});

/** `resp.content(re)`: the same for the text of the finished answer. */
const respContent = leafKind<[Source]>({
  need: 'resp',
  parse: (args, name) => [parseRegex(readArgs(args, name, 1)[0], `${name} argument 1`)],
  prepare([re]) {
    const test = safeRegex(re);
    return {
      see: ({ resp }) => seenChars([resp?.text ?? ''], defaultMaxChars),
      holds: (_, { resp }) => test(resp?.text ?? ''),
    };
  },
});

/** `{ chars }` scanned at most, with `of` where there was more. */
function seenChars(texts: readonly string[], maxChars: number): Json {
  let chars = 0;
  for (const text of texts) chars += text.length;
  return chars > maxChars ? { chars: maxChars, of: chars } : { chars };
}

/** Predicates that match patterns against text that users and models wrote. */
export const contentLeaves: Readonly<Record<string, LeafKind>> = { content, 'resp.content': respContent };
