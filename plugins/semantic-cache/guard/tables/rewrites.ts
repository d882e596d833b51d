/** Phrases to what they mean in one word, longest first; both in lower case, after contractions were opened. */
const rows = `wanted to > want
needed to > need
good morning > hello
good afternoon > hello
good evening > hello
good day > hello
hi there > hello
hello there > hello
hi everyone > hello
thank you > thanks
would like to > want
would like > want
looking forward > looking_forward
feel like > want
look like > look
united states of america > usa
the united states > usa
united states > usa
the us > usa
u.s.a > usa
u.s > usa
united kingdom > uk
great britain > uk
new york city > nyc
european union > eu
united nations > un
artificial intelligence > ai
machine learning > ml
wi fi > wifi
e mail > email
per cent > percent
right now > now
at the moment > now
these days > now
as of now > now
used to be > used-to
use to be > used-to
in what year > when
in which year > when
what year > when
which year > when
at what time > when
what time > when
on what date > when
on which date > when
in order to > to
at least > at-least
no less than > at-least
at most > at-most
no more than > at-most
up to > at-most
more than one > multiple
more than > more-than
less than > less-than
fewer than > less-than
take away > take_away
for free > free
free of charge > free
at no cost > free
the number of > how many
what number of > how many
what is the number of > how many
how much time > how long
what amount of > how much
get rid of > remove
in fact > actually
as well as > and
as well > also
for example > example
node.js > node
nodejs > node
postgres > postgresql
k8s > kubernetes
js > javascript
ts > typescript
two times > twice
in person > in-person
sign up > sign_up
how come > why
for what reason > why
what is the reason > why
what makes > why`;

export interface Rewrite {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

const map = new Map<string, Rewrite[]>();
for (const row of rows.split('\n')) {
  const [from, to] = row.split(' > ');
  const rewrite: Rewrite = { from: from!.split(' '), to: to!.split(' ') };
  const known = map.get(rewrite.from[0]!);
  if (known === undefined) map.set(rewrite.from[0]!, [rewrite]);
  else known.push(rewrite);
}
for (const rewrites of map.values()) rewrites.sort((a, b) => b.from.length - a.from.length);

/** Rewrites by their first word. */
export const rewrites: ReadonlyMap<string, readonly Rewrite[]> = map;
