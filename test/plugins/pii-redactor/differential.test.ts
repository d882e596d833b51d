import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { type ContextName, saidBefore, words } from '../../../plugins/pii-redactor/context-words.ts';
import { detectorsOf } from '../../../plugins/pii-redactor/detectors/all.ts';
import { card } from '../../../plugins/pii-redactor/detectors/card.ts';
import { keyShapes } from '../../../plugins/pii-redactor/detectors/key-shapes.ts';
import { Finder } from '../../../plugins/pii-redactor/finder.ts';
import { Scan } from '../../../plugins/pii-redactor/scan.ts';
import { piiTypes } from '../../../plugins/pii-redactor/types.ts';
import { findAll, ownPii, rowsOf, type Span, sharedPii } from './corpus.ts';
import { type Found, findPlainly, isCardPlainly, saidPlainly } from './reference.ts';

const detectors = detectorsOf(new Set(piiTypes));
const finder = new Finder(detectors);

function findFast(text: string, from: number, final: boolean): Found {
  const finds: Span[] = [];
  const settled = finder.run(text, from, final, (type, start, end) => finds.push({ type, start, end }));
  return { finds, settled };
}

const rows = [
  ...['positives.jsonl', 'negatives.jsonl'].flatMap((file) => rowsOf(ownPii, file) ?? []),
  ...['own-positives.jsonl', 'own-negatives.jsonl', 'presidio.jsonl'].flatMap(
    (file) => rowsOf(sharedPii, file) ?? [],
  ),
].map(({ text }) => text);

/** Crumbs of what the detectors look for, so that near misses are many. */
const crumb = fc.constantFrom(
  ...'0 1 2 4 7 12 123 01 05 555 2024 4111 1111 123456789 12345678901234567890 @ . : - + ( ) / a be é 中 _ % :: // = x'.split(
    ' ',
  ),
  ...[
    ' ',
    '\n',
    '\u00a0',
    '"',
    '//u:p',
    'a@b.co',
    '192.168.0.1',
    'fe80::1',
    'DE89',
    'sk-',
    'ghp_',
    'eyJ',
    'Bearer ',
  ],
  ...['password=', 'api_key: "', 'phone ', 'SSN ', 'order ', 'v1.2', '-----BEGIN ', 'x'.repeat(63), '…'],
);
const soup = fc.array(crumb, { maxLength: 50 }).map((crumbs) => crumbs.join(''));
const piece = fc.constantFrom(...rows.flatMap((text) => text.split(/(?=[ ,;:])/)));
const text = fc.oneof(
  soup,
  fc.constantFrom(...rows),
  fc.array(fc.oneof(soup, piece), { maxLength: 10 }).map((pieces) => pieces.join('')),
);

t.test('what makes the finder fast changes no find', async (t) => {
  let finds = 0;
  fc.assert(
    fc.property(text, fc.nat(120), fc.boolean(), (text, from, final) => {
      const at = Math.min(from, text.length);
      const fast = findFast(text, at, final);
      const plain = findPlainly(detectors, text, at, final);
      finds += plain.finds.length;
      if (final) return deepEqual(fast, plain);
      // It may know earlier that nothing begins, and then finds more before it waits.
      ok(fast.settled >= plain.settled);
      deepEqual(fast.finds.slice(0, plain.finds.length), plain.finds);
    }),
    { numRuns: 2500 },
  );
  t.ok(finds > 150, `${finds} finds`);
});

t.test('every labelled text gives the same finds', async (t) => {
  for (const text of rows) deepEqual(findFast(text, 0, true), findPlainly(detectors, text, 0, true));
  t.ok(rows.length > 100);
});

t.test('words before a number are the same whatever is looked up first', async (t) => {
  const names = Object.keys(words) as ContextName[];
  const word = fc.oneof(
    fc.constantFrom(...names.flatMap((name) => [...words[name]])),
    fc.constantFrom('TEL', 'Visa', 'é', '§', 'İ', 'x', 'phoned', '. ', '\n', '12', ', '),
  );
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          word,
          word.map((one) => one.toUpperCase()),
        ),
        { maxLength: 6 },
      ),
      fc.constantFrom(...names),
      fc.integer({ min: 1, max: 4 }),
      (list, name, count) => {
        const text = `${list.join(' ')} 12`;
        const scan = new Scan();
        scan.set(text, true);
        equal(
          saidBefore(scan, text.length - 2, name, count),
          saidPlainly(words[name], text, text.length - 2, count),
        );
      },
    ),
    { numRuns: 2000 },
  );
  t.pass();
});

/** Cuts digits into groups of some lengths. */
function groupsOf(digits: string, lengths: readonly number[]): string[] {
  let at = 0;
  const groups = lengths.map((length) => {
    at += length;
    return digits.slice(at - length, at);
  });
  return groups.filter((group) => group !== '');
}

t.test('cards are what they are said to be, in every way of spacing them', async (t) => {
  const cards = [
    '4012888888881881',
    '5555555555554444',
    '378282246310005',
    '30569309025904',
    '6011111111111117',
  ];
  const spaced = fc
    .tuple(
      fc.constantFrom(...cards),
      fc.constantFrom(' ', '-'),
      fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 5 }),
    )
    .map(([digits, separator, lengths]) => groupsOf(digits, [...lengths, digits.length]).join(separator));
  let found = 0;
  const only = new Finder([card]);
  fc.assert(
    fc.property(spaced, (text) => {
      only.run(text, 0, true, (_, start, end) => {
        found++;
        ok(isCardPlainly(text.slice(start, end)), text);
      });
    }),
    { numRuns: 2000 },
  );
  t.ok(found > 50);
  const ways = {
    '4444': 16,
    '44443': 19,
    '465': 15,
    '464': 14,
    '4442': 14,
    '4443': 15,
    '644': 14,
    '84': 12,
    '88': 16,
  };
  for (const [way, length] of Object.entries(ways)) {
    const digits = cards.find((one) => one.length === length);
    if (digits === undefined) continue;
    const text = groupsOf(digits, [...way].map(Number)).join(' ');
    t.strictSame(
      findAll(text).map(({ type, end }) => [type, end]),
      [['card', text.length]],
      text,
    );
  }
});

t.test(
  'names of secrets are known with marks in them, in any case of letters, and others are not',
  async (t) => {
    const value = 'Zk93Jd20aPq8LmXw4';
    for (const name of [
      'password',
      'passwd',
      'pwd',
      'passphrase',
      'contraseña',
      'secret',
      'token',
      'api_key',
      'API-KEY',
    ]) {
      for (const form of [name, name.toUpperCase(), `db_${name}`, `"${name}"`, `${name} `, `my-${name}`]) {
        const text = `${form}=${value}`;
        t.ok(
          findAll(text).some(({ type }) => type === 'secret'),
          text,
        );
      }
    }
    for (const text of [
      `monkey=${value}`,
      `keyword=${value}`,
      `tokens_used=${value}`,
      `name=${value}`,
      `secretary: ${value}`,
    ])
      t.strictSame(findAll(text), [], text);
  },
);

t.test('while no find is open, no more is held back than each detector says', async (t) => {
  const crumbs: Readonly<Record<string, readonly string[]>> = {
    email: ['a', 'bc', '1', '.', '-', 'é', '中', ' ', 'x'.repeat(70)],
    phone: ['1', '23', '(0)', ' ', '-', '/', '+49', '\u00a0', ' ext. ', 'x', '555', '0', '123456'],
    card: ['4', '1111', '5500', '37', ' ', '-', '123456'],
    iban: ['DE', 'GB', 'MT', '8', '937', '0400', ' ', '-', 'a'],
    ssn: ['5', '36', '-', ' ', '.', '123456789'],
    ip: ['1', '255', '.', ':', '::', 'ab', 'f0', 'ffff:', '192.168.1.1'],
    secret: [
      'pass',
      'word',
      '=',
      ': ',
      '"',
      'token',
      'Bearer ',
      '-',
      'a',
      '1',
      ...keyShapes.map(({ prefix }) => prefix),
    ],
    url_credentials: ['http', '://', 'user', 'a', '.', ':', '@', '/', 'y'.repeat(50)],
  };
  const opens: Readonly<Record<string, (held: string) => boolean>> = {
    email: (held) => held.includes('@'),
    url_credentials: (held) => held.slice(3).includes(':'),
    secret: (held) =>
      /^(?:[:=]|eyJ|bearer )/i.test(held) ||
      ['-----BEGIN ', ...keyShapes.map(({ prefix }) => prefix)].some((prefix) => held.startsWith(prefix)),
  };
  for (const detector of detectors) {
    ok(detector.holdBackChars > 0 && detector.holdBackChars <= 64, detector.type);
    const own = new Finder([detector]);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...crumbs[detector.type]!), { maxLength: 40 }), (list) => {
        let whole = '';
        let from = 0;
        for (const one of list) {
          whole += one;
          from = own.run(whole, from, false, () => undefined);
          const held = whole.slice(from);
          if (opens[detector.type]?.(held) !== true)
            ok(held.length <= detector.holdBackChars, JSON.stringify(held));
        }
      }),
      { numRuns: 300 },
    );
  }
  t.pass();
});
