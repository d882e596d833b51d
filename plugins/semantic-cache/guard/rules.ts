import { isLight, type Vocabulary } from './align.ts';
import { type BagName, bagNames, type ContentWord, type Facts } from './facts.ts';
import { findOpposites } from './opposites.ts';
import { sameOrder } from './order.ts';
import { missing, type Rule, unequal } from './rule.ts';

/** Question words that no other way of asking stands for. */
const pointed = new Set(['who', 'when', 'where', 'why', 'what kind']);
/** Words such as "process" that one side may have more than the other. */
const mostLight = 2;

function texts(words: readonly ContentWord[]): string {
  return words.map(({ text }) => text).join(', ') || 'none';
}

function bagRule(name: BagName): Rule {
  return {
    name,
    compare(asked, stored) {
      const one = asked.bags[name] ?? [];
      const other = stored.bags[name] ?? [];
      // "Give me some ideas" is "give me ideas".
      if (name === 'quantifier' && (one.length === 0 || other.length === 0)) {
        return unequal(one.filter(notSome), other.filter(notSome));
      }
      return unequal(one, other);
    },
  };
}

function notSome(quantifier: string): boolean {
  return quantifier !== 'some';
}

/** Words of a kind that the other text does not have at all. */
function foreign(
  words: readonly ContentWord[],
  there: Vocabulary,
  isPaired: (stem: string) => boolean,
): string[] {
  return words
    .filter(({ stem, text }) => !there.has(stem) && !there.has(text) && !isPaired(stem))
    .map(({ text }) => text);
}

function kindRule(name: string, kind: 'name' | 'code'): Rule {
  const ofKind = (facts: Facts) => facts.content.filter((word) => word.kind === kind);
  return {
    name,
    compare(asked, stored, { pairs, askedWords, storedWords }) {
      const one = foreign(ofKind(asked), storedWords, (stem) => pairs.has(stem));
      const other = foreign(ofKind(stored), askedWords, (stem) => pairs.values().some((to) => to === stem));
      return one.length + other.length === 0
        ? null
        : `${one.join(', ') || 'none'} / ${other.join(', ') || 'none'}`;
    },
  };
}

/** A language that one word spoke for is doubted only by another language. */
function language(asked: Facts, stored: Facts): string | null {
  const one = asked.language.replace('?', '');
  const other = stored.language.replace('?', '');
  return one === other || one === 'und' || other === 'und' ? null : `${one} / ${other}`;
}

/** Quotes on both sides must be equal; those of one side must stand in the other without marks. */
function quotes(asked: Facts, stored: Facts): string | null {
  if (asked.quotes.length > 0 && stored.quotes.length > 0) return unequal(asked.quotes, stored.quotes);
  return null;
}

function question(asked: Facts, stored: Facts): string | null {
  const [one, other] = [asked.question, stored.question];
  return one === other || one === '' || other === '' ? null : `${one} / ${other}`;
}

function directions(asked: Facts, stored: Facts): string | null {
  const stemsOf = (facts: Facts) => new Set(facts.content.map(({ stem }) => stem));
  const [here, there] = [stemsOf(asked), stemsOf(stored)];
  const others = new Map(stored.directions.map(split));
  for (const direction of asked.directions) {
    const [marker, object] = split(direction);
    const other = others.get(marker);
    if (other === undefined || other === object || stored.directions.includes(direction)) continue;
    if (here.has(other) && there.has(object)) return `${marker} ${object} / ${marker} ${other}`;
  }
  return null;
}

function split(direction: string): [string, string] {
  const at = direction.indexOf(':');
  return [direction.slice(0, at), direction.slice(at + 1)];
}

/** All rules, in the order in which they are asked; the first that refuses is counted. */
export const rules: readonly Rule[] = [
  {
    name: 'tail',
    compare: (asked, stored) => (asked.tail === stored.tail ? null : 'the part that is not read'),
  },
  { name: 'language', compare: language },
  { name: 'quote', compare: quotes },
  ...bagNames.map(bagRule),
  kindRule('code', 'code'),
  {
    name: 'negation',
    compare: (asked, stored) =>
      asked.negations.length === stored.negations.length
        ? null
        : `${asked.negations.length} / ${stored.negations.length}`,
  },
  { name: 'antonym', compare: findOpposites },
  kindRule('name', 'name'),
  { name: 'question', compare: question },
  {
    name: 'owner',
    compare(asked, stored) {
      const one = missing(asked.owners, stored.owners);
      const other = missing(stored.owners, asked.owners);
      return one.length > 0 && other.length > 0 ? `${one.join(', ')} / ${other.join(', ')}` : null;
    },
  },
  {
    name: 'person',
    // "What do I call you", "what do you call me".
    compare: ({ persons: one }, { persons: other }) =>
      one === '' || other === '' || one === other ? null : 'I, you, he and she in another order',
  },
  {
    name: 'joint',
    compare(asked, stored) {
      const one = missing(asked.joints, stored.joints);
      const other = missing(stored.joints, asked.joints);
      return one.length > 0 && other.length > 0 ? `${one.join(', ')} / ${other.join(', ')}` : null;
    },
  },
  {
    name: 'relation',
    compare(asked, stored) {
      const one = missing(asked.relations, stored.relations);
      const other = missing(stored.relations, asked.relations);
      return one.length > 0 && other.length > 0 ? `${one.join(', ')} / ${other.join(', ')}` : null;
    },
  },
  {
    name: 'tense',
    compare(asked, stored, { asked: left, stored: right }) {
      if (asked.tense === stored.tense) return null;
      const opposed =
        (asked.tense !== 'present' && stored.tense !== 'present') ||
        (asked.tense === 'future' && hasPastOf(stored, asked)) ||
        (stored.tense === 'future' && hasPastOf(asked, stored));
      // "Who was" and "who is": the same words about another time.
      const sameWords = left.length + right.length === 0 && isCopula(asked) && isCopula(stored);
      return opposed || sameWords ? `${asked.tense} / ${stored.tense}` : null;
    },
  },
  { name: 'direction', compare: directions },
  {
    name: 'order',
    compare(asked, stored, { asked: left, stored: right, pairs }) {
      if (left.length > 0 || right.length > 0) return null;
      const back = new Map([...pairs].map(([one, other]) => [other, one]));
      if (!sameOrder(asked, stored, back)) return 'the same words in another order';
      // What is denied decides only where words moved: "not A but B", "not B but A".
      const moved = asked.content.some(
        ({ stem }, index) => stored.content[index]?.stem !== stem && !pairs.has(stem),
      );
      return moved && asked.content.length === stored.content.length
        ? unequal(asked.negations, stored.negations)
        : null;
    },
  },
  {
    name: 'empty',
    compare: (asked, stored) => (hasSubject(asked) && hasSubject(stored) ? null : 'no subject to compare'),
  },
  {
    name: 'asked',
    level: 'strict',
    // "Why can I not pay" and "I can not pay" ask for two answers; "how" and "what" are asked in many ways.
    compare: ({ question: one }, { question: other }) =>
      one !== other && (pointed.has(one) || pointed.has(other))
        ? `${one || 'none'} / ${other || 'none'}`
        : null,
  },
  {
    name: 'substitution',
    level: 'strict',
    compare(_asked, _stored, { asked: left, stored: right }) {
      return left.length > 0 && right.length > 0 ? `${texts(left)} / ${texts(right)}` : null;
    },
  },
  {
    name: 'addition',
    level: 'strict',
    compare(asked, stored, { asked: left, stored: right }) {
      const extra = [...left, ...right];
      if (extra.length > mostLight || !extra.every(isLight)) return `${texts(left)} / ${texts(right)}`;
      return unequal(asked.relations, stored.relations);
    },
  },
];

/** "Who won" beside "who will win": a past form of a word that the other has in another form. */
function hasPastOf(here: Facts, there: Facts): boolean {
  const texts = new Set(there.content.map(({ text }) => text));
  const stems = new Set(there.content.map(({ stem }) => stem));
  return here.content.some(
    ({ text, stem }) => text !== stem && !/(?:s|ing)$/.test(text) && stems.has(stem) && !texts.has(text),
  );
}

function isCopula(facts: Facts): boolean {
  return facts.frame.some((word) => word === 'is' || word === 'are' || word === 'was' || word === 'were');
}

function hasSubject(facts: Facts): boolean {
  return facts.content.length > 0;
}
