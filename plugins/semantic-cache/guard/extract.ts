import { Bags } from './bags.ts';
import { expand } from './expand.ts';
import { type Facts, GUARD_VERSION } from './facts.ts';
import { languageOf } from './language.ts';
import { prepare } from './prepare.ts';
import { findQuotes } from './quotes.ts';
import { readStance } from './stance.ts';
import { SubjectReader } from './subject.ts';
import { tokenize } from './tokenize.ts';
import { ValueReader } from './values.ts';

/**
 * What the guard compares of a prompt. The first 3,072 UTF-16 units are read, in time linear in their number (about 1 ms at
 * most); what lies
 * behind is digested and must be equal.
 */
export function extractFacts(text: string): Facts {
  const prepared = prepare(text);
  const quotes = findQuotes(prepared.text);
  const tokens = expand(tokenize(prepared.text, quotes.spans));
  const language = languageOf(prepared.text, tokens);
  const bags = new Bags();
  const items = new ValueReader(tokens, bags).read();
  const subject = new SubjectReader(items, language, bags).read();
  const stance = readStance(tokens);
  return {
    version: GUARD_VERSION,
    fingerprint: prepared.fingerprint,
    tail: prepared.tail,
    language,
    bags: bags.toJson(),
    quotes: quotes.found,
    negations: subject.negations,
    question: stance.question,
    tense: stance.tense,
    owners: stance.owners,
    persons: stance.persons,
    joints: [...subject.joints].sort(),
    relations: [...subject.relations].sort(),
    directions: subject.directions,
    content: subject.content,
    frame: subject.frame,
  };
}
