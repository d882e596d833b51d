export const sessionCookie = 'sluice_session';
/** A name can come several times, from paths and parent domains: more of them are somebody's game. */
const maxSameName = 4;

/** The values of a cookie in a `Cookie` header, as they were sent. */
export function cookieValues(header: string | string[] | undefined, name: string): readonly string[] {
  const text = Array.isArray(header) ? header.join(';') : header;
  if (text === undefined) return [];
  const values: string[] = [];
  for (const pair of text.split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) values.push(pair.slice(at + 1).trim());
    if (values.length === maxSameName) break;
  }
  return values;
}

/**
 * The `Set-Cookie` of a session. Scripts cannot read it and other sites cannot make a browser send it.
 *
 * @param maxAgeS 0 takes the cookie away.
 */
export function setSessionCookie(value: string, maxAgeS: number, secure: boolean): string {
  const parts = [`${sessionCookie}=${value}`, 'HttpOnly', 'SameSite=Strict', 'Path=/', `Max-Age=${maxAgeS}`];
  if (secure) parts.push('Secure');
  return parts.join('; ');
}
