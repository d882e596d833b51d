import type { Facts } from './facts.ts';
import type { Token } from './token.ts';

const questions: ReadonlyMap<string, string> = new Map([
  ...['who', 'whom', 'whose', 'wer', 'wem', 'wen', 'quién'].map((word): [string, string] => [word, 'who']),
  ...['when', 'wann', 'quand', 'cuándo', 'quando'].map((word): [string, string] => [word, 'when']),
  ...['where', 'wo', 'où', 'dónde', 'onde', 'dove'].map((word): [string, string] => [word, 'where']),
  ...['why', 'warum', 'wieso', 'pourquoi', 'perché'].map((word): [string, string] => [word, 'why']),
  ...['how', 'wie', 'comment', 'cómo'].map((word): [string, string] => [word, 'how']),
]);
/** What "how" asks for: an amount of something, not a way. */
const measures = new Set(
  'many much long often far old tall big high deep wide heavy fast large small soon late early hot cold strong expensive'.split(
    ' ',
  ),
);
/** Question words that join clauses as well, and what follows them in a question. */
const joining = new Set(['when', 'where', 'who', 'whose']);
const auxiliaries = new Set(
  'is are was were do does did can could will would should may must has have had'.split(' '),
);
const kinds = new Set(['kind', 'type', 'sort']);
const past = new Set(['was', 'were', 'did', 'had']);
const owners: ReadonlyMap<string, string> = new Map([
  ...['my', 'mine', 'our', 'ours'].map((word): [string, string] => [word, '1']),
  ...['your', 'yours'].map((word): [string, string] => [word, '2']),
  ...['their', 'theirs'].map((word): [string, string] => [word, '3']),
]);

const persons: ReadonlyMap<string, string> = new Map([
  ['i', '1'],
  ['me', '1'],
  ['you', '2'],
]);

const gendered: ReadonlyMap<string, string> = new Map([
  ...['he', 'him', 'his', 'himself'].map((word): [string, string] => [word, 'm']),
  ...['she', 'her', 'hers', 'herself'].map((word): [string, string] => [word, 'f']),
]);

/** Who asks what about which time. Quoted words do not count. */
export function readStance(
  tokens: readonly Token[],
): Pick<Facts, 'question' | 'tense' | 'owners' | 'persons'> {
  let question = '';
  let weak = '';
  let tense: Facts['tense'] = 'present';
  const owned = new Set<string>();
  let firstPerson = '';
  let genders = '';
  let spoken = false;
  let addressed = false;
  for (let at = 0; at < tokens.length; at++) {
    const { lower, quoted, kind } = tokens[at]!;
    if (quoted || kind !== 'word') continue;
    const asked = questions.get(lower);
    if (asked !== undefined && question === '') {
      const next = tokens[at + 1]?.lower ?? '';
      if (asked === 'how' && measures.has(next)) question = `how ${next}`;
      // "when running a script" asks nothing, unless nothing else does.
      else if (joining.has(lower) && !tokens[at]!.starts && !auxiliaries.has(next)) weak ||= asked;
      else question = asked;
    } else if (
      question === '' &&
      (lower === 'what' || lower === 'which') &&
      kinds.has(tokens[at + 1]?.lower ?? '')
    )
      question = 'what kind';
    if (past.has(lower)) tense = 'past';
    else if (tense === 'present' && isFuture(lower, tokens[at + 1]?.lower)) tense = 'future';
    const person = persons.get(lower);
    if (person !== undefined) firstPerson ||= person;
    genders += gendered.get(lower) ?? '';
    if (person === '1') spoken = true;
    if (person === '2') addressed = true;
    const owner = owners.get(lower);
    if (owner !== undefined) owned.add(owner);
  }
  return {
    question: question || weak,
    tense,
    owners: [...owned].sort(),
    persons: (spoken && addressed ? firstPerson : '') + genders,
  };
}

function isFuture(lower: string, next: string | undefined): boolean {
  return lower === 'will' || lower === 'shall' || (lower === 'going' && next === 'to');
}
