import { NewerTablesError } from './migration.ts';

/** SQLSTATE of an error of PostgreSQL itself, https://www.postgresql.org/docs/current/errcodes-appendix.html. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/**
 * The server cannot work for us: no connection, no answer in time, shutting down, out of connections or disk, or it
 * will not let us in. Anything else is about the statement, and another one may succeed.
 */
export function isOutage(error: unknown): boolean {
  const state = sqlState(error);
  // Class 08 connection, 28 authorization, 3D no such database, 53 resources, 57 operator intervention, 58 system.
  return state === undefined ? !(error instanceof RangeError) : /^(08|28|3D|53|57|58)|^25006$/.test(state);
}

/** A connection that stood broke: the server was restarted, or something between dropped it. Another may work. */
export function isBroken(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ECONNRESET' || code === 'EPIPE' || code.startsWith('57P')) return true;
  return code === '' && error instanceof Error && /^Connection terminated unexpectedly/.test(error.message);
}

/** The server does not know the user or the password: nothing was sent on that connection. */
export function isRefusedLogin(error: unknown): boolean {
  return sqlState(error)?.startsWith('28') === true;
}

/** Another transaction was in the way: the same statement succeeds when it is sent again. */
export function isConflict(error: unknown): boolean {
  const state = sqlState(error);
  return state === '40P01' || state === '40001';
}

const reasons: Readonly<Record<string, string>> = {
  '28000': 'the database refused the user',
  '28P01': 'the database refused the password',
  '3D000': 'the database does not exist',
  '53100': 'the disk of the database is full',
  '53300': 'the database has no connection left',
  '57014': 'the statement took too long',
  '25006': 'the database is read-only',
};

/** What went wrong in words that anyone may read: no host, no user, no password. */
export function postgresReason(error: unknown): string {
  if (error instanceof NewerTablesError) return 'its tables were written by a newer version';
  const state = sqlState(error);
  if (state !== undefined) {
    const known =
      reasons[state] ?? (state.startsWith('57P') ? 'the database is shutting down or starting' : undefined);
    return known ?? `the database answered with SQLSTATE ${state}`;
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ECONNREFUSED' || code === 'ENOENT') return 'nothing listens at the address of the database';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the name of the database host is not known';
  const message = error instanceof Error ? error.message : '';
  if (/timeout/i.test(message)) return 'the database did not answer in time';
  if (/certificate|SSL|TLS/i.test(message) || /CERT|SSL|TLS/.test(code)) {
    return 'no trusted TLS connection to the database could be made';
  }
  return 'the connection to the database broke';
}

/** What went wrong with PostgreSQL, for the log: it names the place, never who logs in with what. */
export class PostgresError extends Error {
  /** False where the server works and refused this one statement. */
  readonly outage: boolean;

  constructor(place: string, error: unknown) {
    const message = error instanceof Error ? error.message : String(error);
    super(`expected PostgreSQL to work at ${place}; ${postgresReason(error)} (${message})`);
    this.name = 'PostgresError';
    this.outage = isOutage(error);
  }
}
