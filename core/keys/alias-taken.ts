import { GatewayError } from '../../sdk/errors.ts';

/** The refusal of an alias that another key has. */
export function aliasTaken(alias: string): GatewayError {
  return new GatewayError(
    'invalid_request',
    `key_alias: expected a name that no other key has; "${alias}" is taken`,
    { param: 'key_alias' },
  );
}
