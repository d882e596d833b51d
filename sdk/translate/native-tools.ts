import type { Conversation, NativeTool } from '../conversation.ts';
import { GatewayError } from '../errors.ts';

/**
 * Sorts the tools that providers run themselves into those that the target has and those that it has not. An offer that
 * cannot be made is left out and named as long as the model has other tools to work with: agents offer everything they
 * know of and live without most of it. Where it is the only tool, or the one that must be called, the request would
 * become another one, so it is refused.
 *
 * @param carry gives the tool in the target's words; undefined for one that the target does not have.
 * @throws GatewayError 400 `unsupported_parameter` naming the tool.
 */
export function carryNativeTools<Carried>(
  { tools, nativeTools, toolChoice }: Conversation,
  carry: (tool: NativeTool) => Carried | undefined,
): { readonly carried: readonly Carried[]; readonly dropped: readonly string[] } {
  const carried: Carried[] = [];
  const dropped: string[] = [];
  for (const tool of nativeTools) {
    const own = carry(tool);
    if (own !== undefined) carried.push(own);
    else if (tools.length === 0 || (toolChoice?.type === 'tool' && toolChoice.name === tool.name)) {
      throw new GatewayError(
        'unsupported_parameter',
        `tools: the model that was chosen has no ${tool.name} of its own, and the request depends on it. Use a model of the provider that runs it, or offer functions of your own.`,
        { param: 'tools' },
      );
    } else dropped.push(tool.name);
  }
  return { carried, dropped };
}
