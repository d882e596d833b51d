import { UsageError } from './command.ts';

/** Where systemd puts the first socket that it hands over, sd_listen_fds(3). */
const firstDescriptor = 3;

/**
 * The listening socket that whoever started this process handed over, as systemd does for a unit with a socket: `LISTEN_PID` says
 * for whom, `LISTEN_FDS` how many. It stays open while the process is restarted, so that connections wait and are not refused.
 *
 * @returns its descriptor; null where there is none for this process.
 * @throws UsageError where there are several.
 */
export function inheritedSocket(
  { LISTEN_PID, LISTEN_FDS }: Readonly<Record<string, string | undefined>>,
  pid: number,
): number | null {
  if (LISTEN_FDS === undefined || LISTEN_FDS === '0' || LISTEN_PID !== String(pid)) return null;
  if (LISTEN_FDS === '1') return firstDescriptor;
  throw new UsageError(
    `expected one socket to listen on, ${LISTEN_FDS} were handed over (LISTEN_FDS); keep one ListenStream= in the socket unit`,
  );
}
