import { RE2JS } from 're2js';
import type { MockReply } from './options.ts';

/** Finds the canned reply for a text; undefined where none fits. */
export type FindReply = (text: string) => string | undefined;

/**
 * Compiles canned replies. Patterns run on RE2, so that no prompt can make them slow.
 *
 * @throws Error that names the pattern that is none.
 */
export function compileReplies(replies: readonly MockReply[]): FindReply {
  const compiled = replies.map(({ when, text }) => ({ fits: compileWhen(when), text }));
  return (text) => compiled.find(({ fits }) => fits(text))?.text;
}

function compileWhen(when: string): (text: string) => boolean {
  const pattern = /^\/(.+)\/(i?)$/s.exec(when);
  if (pattern === null) {
    const wanted = when.toLowerCase();
    return (text) => text.toLowerCase().includes(wanted);
  }
  try {
    const compiled = RE2JS.compile(pattern[1]!, pattern[2] === 'i' ? RE2JS.CASE_INSENSITIVE : 0);
    return (text) => compiled.matcher(text).find();
  } catch (error) {
    throw new Error(
      `replies: ${when} is no pattern of RE2's syntax: ${error instanceof Error ? error.message : error}`,
    );
  }
}
