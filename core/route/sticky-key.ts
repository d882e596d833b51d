/** Names the conversation that a request belongs to, so that it stays with the target that has its prompt cached. */
export const sessionHeader = 'x-session-id';

/** Whom a choice among targets stays the same for. */
export interface StickyKey {
  readonly stickyKey: string;
  readonly session: boolean;
}

/**
 * The session that the client names, else the user, else the request alone.
 *
 * @param session value of the header `x-session-id`.
 * @param user whom the request is made for; null or empty where nobody is named.
 */
export function stickyKeyOf(
  session: string | undefined,
  user: string | null | undefined,
  requestId: string,
): StickyKey {
  if (session !== undefined && session !== '') return { stickyKey: session, session: true };
  return { stickyKey: user || requestId, session: false };
}
