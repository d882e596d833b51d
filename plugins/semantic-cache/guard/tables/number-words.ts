/** Cardinal words below a hundred, and what multiplies them. */
export const cardinals: ReadonlyMap<string, number> = new Map([
  ...`zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen`
    .split(/\s+/)
    .map((word, value): [string, number] => [word, value]),
  ...'twenty thirty forty fifty sixty seventy eighty ninety'
    .split(' ')
    .map((word, index): [string, number] => [word, (index + 2) * 10]),
  ['dozen', 12],
  ...'eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf'
    .split(' ')
    .map((word, index): [string, number] => [word, index + 1]),
  ...'deux trois quatre cinq sept huit neuf dix'
    .split(' ')
    .map((word, index): [string, number] => [word, [2, 3, 4, 5, 7, 8, 9, 10][index]!]),
  ...'dos tres cuatro cinco seis siete ocho nueve diez'
    .split(' ')
    .map((word, index): [string, number] => [word, index + 2]),
  ...'一二三四五六七八九十'.split('').map((word, index): [string, number] => [word, index + 1]),
]);

export const multipliers: ReadonlyMap<string, number> = new Map([
  ['hundred', 100],
  ['thousand', 1000],
  ['million', 1e6],
  ['billion', 1e9],
  ['trillion', 1e12],
]);

export const ordinals: ReadonlyMap<string, number> = new Map(
  `first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth
  sixteenth seventeenth eighteenth nineteenth twentieth`
    .split(/\s+/)
    .map((word, index) => [word, index + 1]),
);

/** "Twice" is two times. */
export const multiples: ReadonlyMap<string, number> = new Map([
  ['once', 1],
  ['twice', 2],
  ['thrice', 3],
]);
