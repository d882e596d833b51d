import { systemClock } from '../services/clock.ts';
import { silentLog } from '../services/silent-log.ts';
import { createHttpTransport } from '../upstream/http-transport.ts';
import type { Environment } from './env-source.ts';
import type { ReadText } from './file-source.ts';
import { Secrets } from './secrets.ts';

/** Secrets for one reading of a configuration, such as of a command that serves nothing. Close them after it. */
export function ownSecrets(env: Environment, readFile: ReadText): Secrets {
  const http = createHttpTransport({ clock: systemClock });
  return new Secrets({ env, readFile, clock: systemClock, http, log: () => silentLog, closeHttp: true });
}
