import { GatewayError } from '../../../sdk/errors.ts';

/**
 * The refusal of what only a provider that keeps conversations could do.
 *
 * @param what the field's value, where that is what is refused.
 */
export function needsState(param: string, what = ''): GatewayError {
  return new GatewayError(
    'unsupported_parameter',
    `${param}${what === '' ? '' : ` (${what})`}: this model's provider stores no responses, prompts or conversations. Send the whole conversation in input, with store: false.`,
    { param },
  );
}
