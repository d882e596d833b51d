import type { AddedMessage, RequestChanges } from '../../sdk/index.ts';
import type { PromptMessage } from './content.ts';
import { renderTemplate } from './template.ts';
import type { Values } from './variables.ts';

/** Removes the reference: it is resolved. */
const noReference = Object.freeze({ prompt: undefined });

/**
 * The changes that write messages into a request. Messages that are blank once their variables are in are left out:
 * providers refuse them.
 */
export function filledIn(messages: readonly PromptMessage[], values: Values): RequestChanges {
  const system: string[] = [];
  const prepend: AddedMessage[] = [];
  for (const { role, template } of messages) {
    const text = renderTemplate(template, values);
    if (text.trim() === '') continue;
    if (role === 'system') system.push(text);
    else prepend.push({ role, text });
  }
  return {
    params: noReference,
    ...(system.length === 0 ? undefined : { system: { prepend: system.join('\n\n') } }),
    ...(prepend.length === 0 ? undefined : { messages: { prepend } }),
  };
}
