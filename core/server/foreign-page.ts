import { GatewayError } from '../../sdk/errors.ts';

/** Names of this machine as URLs have them: addresses there are in their shortest form. */
const ownNames = /^(?:localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/;

/**
 * Keeps pages of other sites from a gateway that asks nobody for a key. Any page can send a POST to a port of its reader's
 * machine, and one whose name is made to lead there (DNS rebinding) can read the answer too; but browsers name the page in
 * `Origin`, and a page cannot change that. Pages of this machine, and programs, which send no `Origin`, may ask.
 *
 * @throws GatewayError 403 `csrf_failed`
 */
export function refuseForeignPage(headers: Readonly<Record<string, string | string[] | undefined>>): void {
  const origin = headers['origin'];
  if (origin === undefined) return;
  const from = typeof origin === 'string' && URL.canParse(origin) ? new URL(origin).hostname : '';
  if (ownNames.test(from)) return;
  throw new GatewayError(
    'csrf_failed',
    'Without auth.master_key pages of other sites are not answered. Set auth.master_key and give the page a key, or ask from a page of this machine.',
  );
}
