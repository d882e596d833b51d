import { GatewayError } from '../../sdk/errors.ts';
import type { MasterKey } from '../server/auth.ts';
import { headerOf, type Incoming } from '../server/incoming.ts';
import type { Route } from '../server/routes.ts';
import { setSessionCookie } from './cookies.ts';
import { refuseCrossSite, refuseOtherHosts } from './csrf.ts';
import { apiPath, type ConsoleRouteDeps, guarded, readJson } from './json-routes.ts';
import { type Session, sessionMs } from './session.ts';
import type { SignInLimit } from './sign-in-limit.ts';

/** What the routes of sessions need of the gateway. */
export interface SessionRouteDeps extends ConsoleRouteDeps {
  readonly master: () => MasterKey;
  readonly limit: SignInLimit;
  /** Whether clients reach the gateway over TLS of its own. */
  readonly tls: () => boolean;
  /** What everybody who may sign in is told. */
  readonly about: () => Promise<{
    /** Of the gateway. */
    readonly version: string | null;
    readonly policy_version: string;
    /** Whether policies can be changed here. */
    readonly read_only: boolean;
  }>;
  /** A session was ended by hand: the other processes at this address are to know it when the answer is there. */
  readonly signedOut: (session: Session) => Promise<unknown>;
  /** A wrong master key came: the others count it too. */
  readonly wrongKey: (address: string) => void;
}

const maxBodyBytes = 16 * 1024;
/** Keys are short; hashing a long text for everybody who asks is work that nobody needs. */
const maxKeyChars = 4096;

/** `/playground/api/session`: signing in and out. For everybody: it says nothing to strangers. */
export function sessionRoutes(deps: SessionRouteDeps): Route[] {
  const { access, master, clock, limit } = deps;
  const path = `${apiPath}/session`;

  async function send(incoming: Incoming, session: Session | null, cookie: string | null): Promise<void> {
    const open = !access.required;
    const known = open || session !== null;
    const about = known ? await deps.about() : null;
    if (!incoming.sink.open) return;
    incoming.sink.send(
      200,
      {
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
        ...(cookie === null ? undefined : { 'set-cookie': cookie }),
      },
      JSON.stringify({
        signed_in: session !== null,
        open,
        csrf: session?.csrf ?? (open ? access.csrfOf(incoming.headers) : null),
        expires_at: session === null ? null : new Date(session.expiresAtMs).toISOString(),
        version: about?.version ?? null,
        policy_version: about?.policy_version ?? null,
        read_only: about?.read_only ?? null,
      }),
    );
  }

  const show = guarded(deps, (incoming) => {
    if (!access.required) refuseOtherHosts(incoming.headers);
    refuseCrossSite(incoming.headers);
    return send(incoming, access.sessionOf(incoming.headers), null);
  });

  const signIn = guarded(deps, async (incoming) => {
    refuseCrossSite(incoming.headers);
    const key = master();
    if (key.sessionKey === null) {
      refuseOtherHosts(incoming.headers);
      return send(incoming, null, null);
    }
    const { master_key: given } = await readJson(incoming, maxBodyBytes, clock);
    // Nothing waits between here and the count: tries that come together are counted one after the other.
    limit.check(incoming.ip);
    if (typeof given !== 'string' || given.length > maxKeyChars || !key.is(given)) {
      limit.note(incoming.ip);
      deps.wrongKey(incoming.ip);
      throw new GatewayError(
        'invalid_api_key',
        'Expected master_key: the key of auth.master_key in gateway.yaml; came another one. Keys made with /key/generate cannot sign in.',
      );
    }
    const { cookie, session } = access.sessions.begin(key.sessionKey);
    const secure = deps.tls() || headerOf(incoming, 'x-forwarded-proto')?.split(',', 1)[0] === 'https';
    await send(incoming, session, setSessionCookie(cookie, sessionMs / 1000, secure));
  });

  const signOut = guarded(deps, async (incoming) => {
    const session = access.sessionOf(incoming.headers);
    if (session === null) refuseCrossSite(incoming.headers);
    else {
      access.admitConsole(incoming);
      access.sessions.end(session);
      await deps.signedOut(session);
    }
    await send(incoming, null, setSessionCookie('', 0, deps.tls()));
  });

  return [
    { method: 'GET', path, access: 'public', handle: show },
    { method: 'POST', path, access: 'public', handle: signIn },
    { method: 'DELETE', path, access: 'public', handle: signOut },
  ];
}
