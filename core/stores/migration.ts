/**
 * Steps from an empty database to today's schema, in order; the number of steps is the version. A step that was
 * released is never changed: what has to change is a new step.
 */
export interface Migrations {
  /** Whose tables they are: `ledger`, `keys`. Each has a version of its own. */
  readonly store: string;
  readonly steps: readonly string[];
}

/** Where versions are kept, in SQLite and PostgreSQL alike. */
export const versionTable =
  'CREATE TABLE IF NOT EXISTS sluice_schema (store TEXT PRIMARY KEY, version INTEGER NOT NULL)';

/** The tables are of a version that this program does not know. */
export class NewerTablesError extends Error {
  constructor(store: string, known: number, came: number, place: string) {
    super(
      `expected tables of "${store}" of version ${known} or older in ${place}; came version ${came}, ` +
        'which a newer Sluice wrote; start that version, or restore a backup from before it',
    );
    this.name = 'NewerTablesError';
  }
}

/**
 * The steps that are missing. They only go forward.
 *
 * @param place where the tables are, for people: a file, a host and database.
 * @throws NewerTablesError where a newer program wrote them.
 */
export function missingSteps(migrations: Migrations, version: number, place: string): readonly string[] {
  const known = migrations.steps.length;
  if (version > known) throw new NewerTablesError(migrations.store, known, version, place);
  return migrations.steps.slice(version);
}
