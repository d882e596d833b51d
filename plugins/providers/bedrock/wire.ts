import type { JsonObject } from '../../../sdk/json.ts';
import type { Wire } from '../../../sdk/wire.ts';
import { ConverseDecoder } from './decoder.ts';
import { encodeConverse } from './encode.ts';
import { converseFraming } from './framing.ts';
import { type BedrockModel, bedrockVendor } from './model.ts';
import type { GuardrailOptions } from './options.ts';

/**
 * Converse and ConverseStream, the format that all of Bedrock's chat models have in common.
 *
 * @param describe finds a model by the id that targets have.
 */
export function converseWire(
  describe: (id: string) => BedrockModel,
  guardrail: GuardrailOptions | undefined,
): Wire {
  const guardrailConfig: JsonObject | null =
    guardrail === undefined
      ? null
      : {
          guardrailIdentifier: guardrail.identifier,
          guardrailVersion: guardrail.version,
          ...(guardrail.trace === undefined ? {} : { trace: guardrail.trace }),
        };
  return {
    kind: 'wire',
    name: 'converse',
    framing: converseFraming,
    encode(conversation, context) {
      const { members, ...rest } = encodeConverse(conversation, context, describe(context.target.model));
      return {
        ...rest,
        body: JSON.stringify(guardrailConfig === null ? members : { ...members, guardrailConfig }),
      };
    },
    decoder: ({ target }) => new ConverseDecoder(target.vendor || bedrockVendor(describe(target.model).base)),
  };
}
