import { hash } from 'node:crypto';
import type { Conversation } from '../conversation.ts';

/** What nearly every provider takes as a function's name. */
const usual = /^[a-zA-Z0-9_-]{1,64}$/;

/** Names of functions for one request: as the wire takes them, and back. */
export interface ToolNames {
  /** The name on the wire. */
  of(name: string): string;
  /** For `Encoded.toolNames`; undefined where no name had to be changed. */
  readonly changed: Readonly<Record<string, string>> | undefined;
}

/**
 * Names that the provider takes: one that does not fit is changed, differently from all others, never cut in silence.
 *
 * @param fits the form that the provider takes; letters, digits, `_` and `-`, at most 64, by default.
 */
export function toolNames(conversation: Conversation, fits: RegExp = usual): ToolNames {
  const wire = new Map<string, string>();
  let changed: Record<string, string> | undefined;
  const of = (name: string): string => {
    if (fits.test(name)) return name;
    let safe = wire.get(name);
    if (safe === undefined) {
      const digest = hash('sha256', name, 'hex').slice(0, 8);
      safe = `${name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 50)}_${digest}`;
      // Some providers want a letter first.
      if (!fits.test(safe)) safe = `tool_${safe}`;
      wire.set(name, safe);
      changed ??= Object.create(null) as Record<string, string>;
      changed[safe] = name;
    }
    return safe;
  };
  for (const { name } of conversation.tools) of(name);
  return {
    of,
    get changed() {
      return changed;
    },
  };
}
