import { GatewayError } from '../../sdk/errors.ts';
import type { Clock, Ids } from '../../sdk/services.ts';
import type { AdminAccess, MasterKey } from '../server/auth.ts';
import { credentialOf } from '../server/headers.ts';
import type { Incoming } from '../server/incoming.ts';
import { cookieValues, sessionCookie } from './cookies.ts';
import { isCrossSite, refuseCrossSite, refuseOtherHosts } from './csrf.ts';
import { type Session, Sessions, same } from './session.ts';

type Asked = Pick<Incoming, 'method' | 'headers'>;

/**
 * Who may administer the gateway: whoever sends the master key, or the cookie of a session that began with it. Routes to
 * models do not ask here: a cookie never spends money.
 */
export class ConsoleAccess implements AdminAccess {
  readonly #master: () => MasterKey;
  readonly sessions: Sessions;
  /** Of a gateway without a master key: a page of another site cannot read it. */
  readonly #openCsrf: () => string;
  readonly #enabled: () => boolean;

  /**
   * @param enabled false where there is no console: then no cookie counts.
   * @param secret of all processes at this address; by default the gateway is one process and makes its own.
   */
  constructor(
    master: () => MasterKey,
    clock: Pick<Clock, 'now'>,
    ids: Pick<Ids, 'trace'>,
    enabled: () => boolean = () => true,
    secret?: () => string,
  ) {
    this.#master = master;
    this.#enabled = enabled;
    this.sessions = new Sessions(clock, ids);
    const own = `${ids.trace()}${ids.trace()}`;
    this.#openCsrf = secret ?? (() => own);
  }

  get required(): boolean {
    return this.#master().required;
  }

  is(credential: string): boolean {
    return this.#master().is(credential);
  }

  admit(asked: Asked): void {
    const { headers } = asked;
    const master = this.#master();
    if (!master.required) {
      // Any page can send requests to this machine, and there is no key that it would need.
      refuseOtherHosts(headers);
      refuseCrossSite(headers);
      return;
    }
    if (credentialOf(headers) !== null || cookieValues(headers['cookie'], sessionCookie).length === 0) {
      return master.check(headers);
    }
    const session = this.sessionOf(headers);
    if (session === null) {
      throw new GatewayError('invalid_api_key', 'The session is over. Sign in again with the master key.');
    }
    refuseCrossSite(headers);
    if (asked.method !== 'GET') checkCsrf(headers, session.csrf);
  }

  /** As `admit`; without a master key what changes something needs the header as well. */
  admitConsole(asked: Asked): void {
    this.admit(asked);
    if (!this.required && asked.method !== 'GET') checkCsrf(asked.headers, this.#openCsrf());
  }

  /** The session that a request's cookie stands for; null where there is none. Pages of other sites have none. */
  sessionOf(headers: Asked['headers']): Session | null {
    const key = this.#master().sessionKey;
    if (key === null || !this.#enabled()) return null;
    for (const value of cookieValues(headers['cookie'], sessionCookie)) {
      const session = this.sessions.find(value, key);
      if (session !== null) return session;
    }
    return null;
  }

  /** What a request that changes something must bring along; null where its sender is nobody yet. */
  csrfOf(headers: Asked['headers']): string | null {
    if (isCrossSite(headers)) return null;
    return this.required ? (this.sessionOf(headers)?.csrf ?? null) : this.#openCsrf();
  }
}

function checkCsrf(headers: Asked['headers'], wanted: string): void {
  const sent = headers['x-sluice-csrf'];
  if (typeof sent === 'string' && same(sent, wanted)) return;
  throw new GatewayError(
    'csrf_failed',
    'Expected the header x-sluice-csrf with the value of csrf from GET /playground/api/session; it is missing or old. Load the page again.',
  );
}
