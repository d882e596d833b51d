import type { Conversation } from '../../../sdk/conversation.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import { toolSchema } from '../../../sdk/translate/schema.ts';
import type { Encoded, Wire, WireContext } from '../../../sdk/wire.ts';
import { OllamaDecoder } from './decoder.ts';
import { Dropped } from './dropped.ts';
import { messagesOf } from './messages.ts';
import { ndjsonFraming } from './ndjson.ts';
import { type OllamaOptions, ollamaSchema } from './options.ts';
import { optionsOf, thinkOf } from './settings.ts';
import { unsupported } from './unsupported.ts';

/** Ollama's own format for conversations: `POST /api/chat`. */
export function ollamaWire(options: OllamaOptions): Wire {
  return {
    kind: 'wire',
    name: 'ollama',
    encode: (conversation, context) => encode(conversation, context, options),
    decoder: (context) => new OllamaDecoder(context, options.num_ctx),
    framing: ndjsonFraming,
  };
}

const defaults = ollamaSchema.properties;

function encode(conversation: Conversation, context: WireContext, options: OllamaOptions): Encoded {
  const dropped = new Dropped();
  refuse(conversation);
  const tools = toolsOf(conversation, dropped);
  const format = formatOf(conversation);
  if (
    tools.length > 0 &&
    format !== undefined &&
    !(options.format_with_tools ?? defaults.format_with_tools.default)
  ) {
    throw unsupported(
      formatNames[conversation.dialect] ?? 'response_format',
      'tools and a format for its answer in one request: the model could not call anything',
      'leave one of them out',
    );
  }
  const messages = messagesOf(conversation, dropped);
  const settings = optionsOf(conversation, options, dropped);
  const think = thinkOf(conversation, context.traits, options.think, dropped);
  dropped.add('logprobs', conversation.logprobs !== null);
  dropped.add('user', conversation.user !== '');
  dropped.add('parallel_tool_calls', conversation.parallelToolCalls === false && tools.length > 0);
  const body: Record<string, Json | undefined> = {
    model: context.target.model,
    messages,
    // Ollama streams unless it is told not to.
    stream: context.stream && (tools.length === 0 || (options.tools_stream ?? defaults.tools_stream.default)),
    tools: tools.length > 0 ? tools : undefined,
    format,
    think,
    options: Object.keys(settings).length > 0 ? settings : undefined,
    keep_alive: options.keep_alive,
    truncate: options.truncate ?? defaults.truncate.default,
  };
  return { body: JSON.stringify(body), dropped: dropped.names };
}

/** What clients call the answer's format. */
const formatNames: Readonly<Record<string, string>> = { messages: 'output_config', responses: 'text' };

/** @throws GatewayError 400 for what has no equivalent and would change the request's meaning if it were left out. */
function refuse({ count, nativeTools, toolChoice }: Conversation): void {
  if (count > 1) throw unsupported('n', 'requests for several answers', 'ask for each on its own');
  const native = nativeTools[0];
  if (native !== undefined) {
    throw unsupported('tools', `${JSON.stringify(native.name)}, a tool of another provider`, 'leave it out');
  }
  if (toolChoice?.type === 'required' || toolChoice?.type === 'tool') {
    throw unsupported(
      'tool_choice',
      'a demand to call a tool',
      'use auto and ask for the call in the prompt',
    );
  }
}

function toolsOf({ tools, toolChoice }: Conversation, dropped: Dropped): JsonObject[] {
  // There is no tool_choice: tools that are not to be called are not offered.
  if (toolChoice?.type === 'none') return [];
  return tools.map(({ name, description, schema, strict, cache }) => {
    dropped.add('strict', strict === true);
    dropped.add('cache_control', cache !== undefined);
    return {
      type: 'function',
      function: {
        name,
        ...(description === '' ? undefined : { description }),
        parameters: toolSchema(schema),
      },
    };
  });
}

function formatOf({ output }: Conversation): Json | undefined {
  if (output === null) return undefined;
  return output.type === 'json' ? 'json' : output.schema;
}
