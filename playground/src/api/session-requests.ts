import { messageOf, request, requestJson } from './client.ts';
import { type Session, session, sessionProblem } from './session.ts';

const path = '/playground/api/session';

/** Asks the gateway who we are. */
export async function loadSession(): Promise<void> {
  try {
    session.value = await requestJson<Session>(path);
    sessionProblem.value = null;
  } catch (error) {
    sessionProblem.value = messageOf(error);
  }
}

/** @throws ApiError 401 for a wrong key, 429 after too many. */
export async function signIn(masterKey: string): Promise<void> {
  session.value = await requestJson<Session>(path, { method: 'POST', body: { master_key: masterKey } });
}

/** Signs out; also where the gateway is already gone, since the browser must not go on looking signed in. */
export async function signOut(): Promise<void> {
  await request(path, { method: 'DELETE' });
  await loadSession();
}
