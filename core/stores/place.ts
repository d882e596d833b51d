const credentialParameters = ['user', 'username', 'password'];

/** Who logs in, as an address says it; undefined where it does not. */
export interface Login {
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** True where two addresses of a store differ in who logs in at most. */
export function samePlace(a: string, b: string): boolean {
  return a === b || placeOf(a) === placeOf(b);
}

/** @throws TypeError where the address is none, which `samePlace` finds out before. */
export function loginOf(address: string): Login {
  const { username, password } = new URL(address);
  return { username: decoded(username), password: decoded(password) };
}

function placeOf(address: string): string {
  // What is no URL is compared as it is.
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  url.username = '';
  url.password = '';
  for (const parameter of credentialParameters) url.searchParams.delete(parameter);
  return url.href;
}

function decoded(text: string): string | undefined {
  if (text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
