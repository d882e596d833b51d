import type { RequestView } from '../../sdk/index.ts';

/** Parameters that let the provider add to the input what the gateway never sees. */
const unseenParams = [
  'previous_response_id',
  'conversation',
  'thread',
  'prompt',
  'web_search_options',
  'mcp_servers',
  'plugins',
] as const;

/** What makes a request cost something that the gateway cannot count, as the client calls it; null where nothing does. */
export function unseenInput(view: RequestView): string | null {
  const { params } = view;
  for (const name of unseenParams) {
    const value = params[name];
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) continue;
    return name;
  }
  // Its answer comes later, and not through the gateway.
  if (params['background'] === true) return 'background';
  if (view.api !== 'completions') return null;
  // Tokens in place of texts: how many prompts they are, each with an answer of its own, cannot be seen.
  let characters = 0;
  for (const { text } of view.texts) characters += text.length;
  return view.inputTokens > Math.ceil(characters / 4) ? 'prompt (an array of tokens)' : null;
}
