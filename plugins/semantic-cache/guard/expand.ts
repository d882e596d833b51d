import { negatedForms } from './tables/negations.ts';
import { joinedVerbs } from './tables/phrasal.ts';
import { rewrites } from './tables/rewrites.ts';
import type { Token } from './token.ts';

const endings: ReadonlyMap<string, string> = new Map([
  ["'s", 'is'],
  ["'re", 'are'],
  ["'m", 'am'],
  ["'ll", 'will'],
  ["'ve", 'have'],
  ["'d", 'would'],
]);
/** Words behind which 's is "is"; behind others it is a possessive. */
const takesIs = new Set('what where who when why how that it there here let he she'.split(' '));
const negated: ReadonlyMap<string, string> = new Map([
  ["can't", 'can'],
  ["won't", 'will'],
  ["shan't", 'shall'],
  ["ain't", 'is'],
  ['cannot', 'can'],
]);
const typedWithout: ReadonlyMap<string, string> = new Map([
  ['dont', 'do'],
  ['doesnt', 'does'],
  ['didnt', 'did'],
  ['isnt', 'is'],
  ['arent', 'are'],
  ['wasnt', 'was'],
  ['cant', 'can'],
  ['couldnt', 'could'],
  ['shouldnt', 'should'],
  ['wouldnt', 'would'],
  ['havent', 'have'],
  ['hasnt', 'has'],
]);

/** Opens contractions and puts one word for a phrase of the table. */
export function expand(tokens: readonly Token[]): Token[] {
  const opened: Token[] = [];
  for (const token of tokens) open(token, opened);
  return rewrite(opened);
}

function open(token: Token, into: Token[]): void {
  if (token.kind !== 'word') {
    into.push(token);
    return;
  }
  const { lower } = token;
  const denied =
    negated.get(lower) ?? typedWithout.get(lower) ?? (lower.endsWith("n't") ? lower.slice(0, -3) : undefined);
  if (denied !== undefined) {
    into.push(as(token, denied), as(token, 'not', false));
    return;
  }
  const able = negatedForms.get(lower);
  if (able !== undefined) {
    into.push(as(token, 'not'), as(token, able, false));
    return;
  }
  const joined = joinedVerbs.get(lower);
  if (joined !== undefined) {
    into.push(as(token, joined));
    return;
  }
  const at = lower.indexOf("'");
  const ending = at > 0 ? endings.get(lower.slice(at)) : undefined;
  if (at > 0 && lower.length === at + 1) into.push(cut(token, at));
  else if (ending === undefined) elide(token, at, into);
  else {
    into.push(cut(token, at));
    if (ending !== 'is' || takesIs.has(lower.slice(0, at))) into.push(as(token, ending, false));
  }
}

/** "l'heure", "d'un": the word behind an elided article. */
function elide(token: Token, at: number, into: Token[]): void {
  if (at < 1 || at > 2 || token.lower.length < at + 2) {
    into.push(token);
    return;
  }
  into.push(cut(token, at), {
    ...token,
    text: token.text.slice(at + 1),
    lower: token.lower.slice(at + 1),
    starts: false,
  });
}

function cut(token: Token, at: number): Token {
  return { ...token, text: token.text.slice(0, at), lower: token.lower.slice(0, at) };
}

function as(token: Token, word: string, starts = token.starts): Token {
  return { ...token, text: word, lower: word, kind: 'word', starts };
}

function rewrite(tokens: readonly Token[]): Token[] {
  const out: Token[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    const found = rewrites
      .get(token.lower)
      ?.find(({ from }) => from.every((word, index) => tokens[at + index]?.lower === word));
    if (found === undefined || (found.from[1] === 'us' && tokens[at + 1]?.text !== 'US')) {
      out.push(token);
      continue;
    }
    // A name keeps its capital letter.
    const last = tokens[at + found.from.length - 1]!;
    found.to.forEach((word, index) => {
      const name = /^\p{Lu}/u.test(last.text) && !last.starts && last.text !== 'I';
      out.push({
        ...as(token, word, index === 0 && token.starts && !name),
        text: name ? word.toUpperCase() : word,
      });
    });
    at += found.from.length - 1;
  }
  return out;
}
