/** SQLite's primary result codes, https://sqlite.org/rescode.html. */
const reasons: Readonly<Record<number, string>> = {
  5: 'another process holds its lock',
  6: 'another connection holds its lock',
  8: 'it may not be written to',
  10: 'the disk failed to read or write',
  11: 'the file is damaged',
  13: 'the disk is full',
  14: 'the file cannot be opened',
  26: 'the file is not a SQLite database',
};

const advice: Readonly<Record<number, string>> = {
  5: 'stop the process that keeps it locked',
  6: 'stop the process that keeps it locked',
  8: 'give the user that runs Sluice the right to write the file and its folder',
  10: 'look at the disk',
  11: 'restore a backup, or save what is readable with "sqlite3 FILE .recover" and move the file away',
  13: 'make room',
  14: 'give the user that runs Sluice the right to read and write the folder',
  26: 'move the file away, or name another data folder with --data',
};

/** The primary result code of an error of `node:sqlite`; undefined for other errors. */
export function sqliteCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code & 0xff : undefined;
}

/** Another writer is at work: the same call may succeed in a moment. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === 5 || code === 6;
}

/** What was written is at fault, such as a sum that is no whole number any more; other rows may be written. */
export function isRowFault(error: unknown): boolean {
  const code = sqliteCode(error) ?? (error instanceof Error ? sqliteCode(error.cause) : undefined);
  return code === 19 || code === 20;
}

/** What went wrong, without names of files. */
export function sqliteReason(error: unknown): string {
  const code = sqliteCode(error);
  const name = code === undefined ? undefined : reasons[code];
  return name ?? (error instanceof Error ? error.message : String(error));
}

/** What went wrong with a file and what to do, for whoever starts the program. */
export function sqliteFileError(path: string, error: unknown): Error {
  const next = advice[sqliteCode(error) ?? 0];
  return new Error(
    `expected a SQLite database at ${path}; ${sqliteReason(error)}${next === undefined ? '' : `; ${next}`}`,
    { cause: error },
  );
}
