/** Words that say how many or how often, to one name each: they change an answer as a number does. */
const rows = `all every each everyone everything
some
only solely exclusively
half halves
both
most
none nobody nothing
always
sometimes occasionally
usually
rarely seldom
at-least
at-most
more-than
less-than
except excluding
simultaneously`;

const map = new Map<string, string>();
for (const row of rows.split('\n')) {
  const [name, ...others] = row.split(' ');
  for (const word of [name!, ...others]) map.set(word, name!);
}

export const quantifiers: ReadonlyMap<string, string> = map;
