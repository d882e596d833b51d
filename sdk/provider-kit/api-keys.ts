import type { Secret } from '../secret.ts';

/**
 * The keys of an `api_key` option as text; one null where the server wants none.
 *
 * @throws Error for an empty list, an empty key, or one that no header can carry; keys are not repeated in it.
 */
export function apiKeys(configured: Secret | readonly Secret[] | undefined): readonly (string | null)[] {
  if (configured === undefined) return [null];
  const secrets = (Array.isArray(configured) ? configured : [configured]) as readonly Secret[];
  if (secrets.length === 0) throw new Error('api_key is an empty list; name a key or leave it out');
  return secrets.map((secret, index) => {
    // Keys that come from files end with a newline more often than not.
    const key = secret.reveal().trim();
    const which = secrets.length > 1 ? `api_key[${index}]` : 'api_key';
    if (key === '')
      throw new Error(`${which} is empty; set it, or leave api_key out for a server that wants none`);
    if (!/^[\x21-\x7e]+$/.test(key)) throw new Error(`${which} holds a character that no header can carry`);
    return key;
  });
}
