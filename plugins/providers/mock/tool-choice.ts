import type { ChatRequest, OfferedTool } from './chat-request.ts';
import { hashHex } from './hash.ts';
import { hintsOf, nextHints } from './hints.ts';
import { sampleOf } from './sample.ts';

/** A call that the mock makes. `arguments` is JSON text. */
export interface MockToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** Parts of tool names that say nothing about what a text must be about. */
const common = new Set(
  'a an all by call create current delete do fetch find for from get in list lookup make new of on query read run search set the to tool update use with write'.split(
    ' ',
  ),
);

/**
 * The calls for a request: the tool that was named, else those whose name, or a telling word of it, is in the last user
 * message; the first one where a call is required. None after a tool result. Two calls of one tool where the text asks
 * for two, two tools where it is about both; never more than one where parallel calls are off.
 *
 * @param seed makes ids; the same for the same request.
 */
export function chooseToolCalls(request: ChatRequest, seed: string): MockToolCall[] {
  const { tools, toolChoice, toolResults, lastUser, parallel } = request;
  if (tools.length === 0 || toolChoice.mode === 'none' || toolResults.length > 0) return [];
  const chosen = chooseTools(tools, toolChoice, lastUser);
  const asksForTwo = /\b(?:two|both|twice|parallel)\b/i.test(lastUser);
  const called = parallel
    ? chosen.length === 1 && asksForTwo
      ? [chosen[0]!, chosen[0]!]
      : chosen
    : chosen.slice(0, 1);
  let hints = hintsOf(lastUser);
  return called.map(({ name, parameters }, index) => {
    const value = Object.keys(parameters).length === 0 ? {} : sampleOf(parameters, hints);
    if (called[index + 1]?.name === name) hints = nextHints(hints);
    return { id: `call_${hashHex(`${seed} ${index}`)}`, name, arguments: JSON.stringify(value) };
  });
}

function chooseTools(
  tools: readonly OfferedTool[],
  choice: ChatRequest['toolChoice'],
  text: string,
): readonly OfferedTool[] {
  if (choice.mode === 'named') return tools.filter(({ name }) => name === choice.name).slice(0, 1);
  const spoken = new Set(wordsOf(text));
  const meant = tools.filter(
    ({ name }) => text.includes(name) || telling(name).some((word) => spoken.has(word)),
  );
  if (meant.length > 0) return meant.slice(0, 2);
  return choice.mode === 'required' ? tools.slice(0, 1) : [];
}

function telling(name: string): string[] {
  return wordsOf(name.replace(/([a-z\d])([A-Z])/g, '$1 $2')).filter(
    (word) => word.length > 2 && !common.has(word),
  );
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}
