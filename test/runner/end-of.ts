/** Name of the test that closes `file` in a process of several. */
export const endOf = (file: string): string => `(end of ${file})`;
