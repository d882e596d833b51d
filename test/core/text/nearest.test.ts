import fc from 'fast-check';
import t from 'tap';
import { distance, nearest } from '../../../core/text/nearest.ts';

const word = fc.stringMatching(/^[a-z]{4,16}$/);

t.test('a mistyped word finds the one that was meant', (t) => {
  const keys = ['timeout_ms', 'on_failure', 'match', 'mode', 'enabled'];
  t.equal(nearest('timout_ms', keys), 'timeout_ms');
  t.equal(nearest('timeoutMs', keys), 'timeout_ms');
  t.equal(nearest('on-failure', keys), 'on_failure');
  t.equal(nearest('mdoe', keys), 'mode');
  t.equal(nearest('ENABLED', keys), 'enabled');
  t.end();
});

t.test('a word that is nothing like the candidates finds none', (t) => {
  t.equal(nearest('temperature', ['mode', 'match']), undefined);
  t.equal(nearest('', ['mode']), undefined);
  t.equal(nearest('ab', ['xy', 'a']), undefined);
  t.equal(nearest('mode', []), undefined);
  t.end();
});

t.test('a very long word is not compared at all', (t) => {
  t.equal(nearest('a'.repeat(1_000_000), ['a'.repeat(999_999)]), undefined);
  t.end();
});

t.test('distance is zero only for equal words, the same both ways, and at most the longer length', (t) => {
  fc.assert(
    fc.property(word, word, (a, b) => {
      const edits = distance(a, b);
      return (edits === 0) === (a === b) && edits === distance(b, a) && edits <= Math.max(a.length, b.length);
    }),
  );
  t.end();
});

t.test('any single edit of a word still finds the word', (t) => {
  fc.assert(
    fc.property(
      word,
      fc.nat(),
      fc.constantFrom('drop', 'double', 'swap', 'replace'),
      (wanted, seed, edit) => {
        const at = seed % (wanted.length - 1);
        const edited = {
          drop: wanted.slice(0, at) + wanted.slice(at + 1),
          double: wanted.slice(0, at) + wanted[at] + wanted.slice(at),
          swap: wanted.slice(0, at) + wanted[at + 1] + wanted[at] + wanted.slice(at + 2),
          replace: `${wanted.slice(0, at)}0${wanted.slice(at + 1)}`,
        }[edit];
        return distance(wanted, edited) <= 1 && nearest(edited, [wanted]) === wanted;
      },
    ),
  );
  t.end();
});

t.test('a candidate itself is always the nearest', (t) => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), fc.nat(), (words, seed) => {
      const wanted = words[seed % words.length]!;
      return nearest(wanted, words) === wanted;
    }),
  );
  t.end();
});
