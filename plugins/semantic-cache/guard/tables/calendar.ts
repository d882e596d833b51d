const english = 'january february march april may june july august september october november december'.split(
  ' ',
);

/** Month names to 1 to 12. Those that are also words count only where they are written as names. */
export const months: ReadonlyMap<string, number> = new Map([
  ...english.map((name, index): [string, number] => [name, index + 1]),
  ...english.map((name, index): [string, number] => [name.slice(0, 3), index + 1]),
  ['sept', 9],
  ...'januar februar märz mai juni juli oktober dezember'
    .split(' ')
    .map((name, index): [string, number] => [name, [1, 2, 3, 5, 6, 7, 10, 12][index]!]),
]);

/** Month names that are other words in lower case: "may", "march", "mar a file", "dec". */
export const ambiguousMonths: ReadonlySet<string> = new Set([
  'may',
  'march',
  'mar',
  'jan',
  'dec',
  'sep',
  'mai',
]);

/** Weekday names to 1 (Monday) to 7. */
export const weekdays: ReadonlyMap<string, number> = new Map([
  ...'monday tuesday wednesday thursday friday saturday sunday'
    .split(' ')
    .flatMap((name, index): [string, number][] => [
      [name, index + 1],
      [`${name}s`, index + 1],
    ]),
  ...'montag dienstag mittwoch donnerstag freitag samstag sonntag'
    .split(' ')
    .map((name, index): [string, number] => [name, index + 1]),
]);
