import type { Conversation } from '../../../sdk/conversation.ts';
import type { Json } from '../../../sdk/json.ts';
import { type ToolNames, toolNames } from '../../../sdk/translate/tool-names.ts';
import type { WireContext } from '../../../sdk/wire.ts';
import { type GeminiModel, geminiModel } from './models.ts';

/** What a configured provider has in common for all its requests. */
export interface GeminiSettings {
  readonly vertex: boolean;
  readonly safetySettings: readonly Json[];
}

/** One request being written. */
export interface Encoding {
  readonly conversation: Conversation;
  readonly settings: GeminiSettings;
  readonly model: GeminiModel;
  /** Vendor of the target: whose signatures go back. */
  readonly vendor: string;
  readonly names: ToolNames;
  /** What could not be carried. */
  readonly dropped: Set<string>;
}

export function beginEncoding(
  conversation: Conversation,
  { target }: WireContext,
  settings: GeminiSettings,
): Encoding {
  return {
    conversation,
    settings,
    model: geminiModel(target.model),
    vendor: target.vendor,
    names: geminiNames(conversation),
    dropped: new Set(),
  };
}

/** A function's name: a letter or `_` first, then also digits, dots, colons and dashes (FunctionDeclaration.name). */
const fits = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/;

/** `toolNames` keeps the first character, which may be a digit here: `_` takes its place. */
function geminiNames(conversation: Conversation): ToolNames {
  const names = toolNames(conversation, fits);
  const fitting = (name: string) => (fits.test(name) ? name : `_${name.slice(1)}`);
  return {
    of: (name) => fitting(names.of(name)),
    get changed() {
      const { changed } = names;
      if (changed === undefined) return undefined;
      // Looked up by names that a model wrote.
      const result = Object.create(null) as Record<string, string>;
      for (const wire in changed) result[fitting(wire)] = changed[wire]!;
      return result;
    },
  };
}
