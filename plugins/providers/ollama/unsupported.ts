import { GatewayError } from '../../../sdk/errors.ts';

/** Refuses what Ollama has no equivalent for, where leaving it out would change what the request means. */
export function unsupported(param: string, what: string, advice: string): GatewayError {
  return new GatewayError(
    'unsupported_parameter',
    `${param}: the model's server (Ollama) cannot be sent ${what}; ${advice}.`,
    { param },
  );
}
