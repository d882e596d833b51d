import { GatewayError } from '../../sdk/errors.ts';

/** 413 that names the limit. */
export function tooLarge(limitBytes: number): GatewayError {
  return new GatewayError(
    'request_too_large',
    `The request body is larger than ${limitBytes} bytes. Send a smaller one, or raise server.body_limit in gateway.yaml.`,
    { headers: { connection: 'close' } },
  );
}

/** Refuses bodies that declare themselves too large or coded, before a byte is read. */
export function checkDeclaredBody(
  length: string | undefined,
  coding: string | undefined,
  limitBytes: number,
): void {
  if (coding !== undefined && coding !== '' && coding.toLowerCase() !== 'identity') {
    throw new GatewayError(
      'unsupported_media_type',
      `content-encoding "${coding}" is not accepted: send the JSON body uncompressed.`,
    );
  }
  if (length !== undefined && Number(length) > limitBytes) throw tooLarge(limitBytes);
}
