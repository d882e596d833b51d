import { GatewayError } from '../../sdk/errors.ts';
import { isJsonObject, type JsonObject } from '../../sdk/json.ts';

/**
 * Refuses to translate a reference to a prompt that nobody has resolved: without it the request would mean something else.
 *
 * @throws GatewayError 400 `unsupported_parameter`
 */
export function refuseStoredPrompt(body: JsonObject): void {
  if (!isJsonObject(body['prompt'])) return;
  throw new GatewayError(
    'unsupported_parameter',
    "prompt: this model's provider stores no prompts, and no plugin of the gateway has put this one in. Send its messages instead.",
    { param: 'prompt' },
  );
}
