import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { classify } from '../../../plugins/prompt-cache/classify.ts';
import { fingerprint, firstDifference, maxTrackedChars } from '../../../plugins/prompt-cache/fingerprint.ts';
import { PrefixTracker } from '../../../plugins/prompt-cache/tracker.ts';

const tracker = () => new PrefixTracker(12345, 1_000_000);
const words = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `word${index + from}`).join(' ');

t.test('what differs is named by its place and its kind', (t) => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['timestamp', '2026-11-21T17:35:50Z', '2026-11-21T17:35:51Z'],
    ['timestamp', '17:35', '17:36'],
    ['timestamp', '1763746550', '1763746551'],
    ['timestamp', '21 November 2026', '22 November 2026'],
    ['timestamp', 'Nov 21, 2026', 'Nov 22, 2026'],
    ['timestamp', 'Friday', 'Saturday'],
    ['timestamp', '11/21/2026', '11/22/2026'],
    ['uuid', '0b5b7a3e-8c1e-4a52-9d0b-1f2e3d4c5b6a', '1b5b7a3e-8c1e-4a52-9d0b-1f2e3d4c5b6a'],
    ['id', 'req_9f8e7d6c5b4a', 'req_1a2b3c4d5e6f'],
    ['number', '41', '42'],
    ['number', '3.5%', '3.6%'],
    ['text', 'Alice', 'Bob'],
  ];
  const lead = `${words(20)} is: `;
  for (const [kind, before, after] of cases) {
    const one = tracker();
    const text = (value: string) => ({ tools: '', system: `${lead}${value}\n${words(20, 50)}` });
    t.match(one.observe('a', text(before), 0), { compared: false, broken: null });
    const { broken } = one.observe('a', text(after), 1);
    t.equal(broken?.kind, kind, `${before} → ${after}`);
    const at = [...before].findIndex((char, index) => char !== after[index]);
    t.ok(broken!.at >= lead.length && broken!.at <= lead.length + at, `${before}: ${broken!.at}`);
    t.match(one.observe('a', text(after), 2), { compared: true, broken: null });
  }
  t.end();
});

t.test('a timestamp at the very start is found, too', (t) => {
  const one = tracker();
  one.observe('a', { tools: '', system: `2026-11-21 ${words(40)}` }, 0);
  const seen = one.observe('a', { tools: '', system: `2026-11-22 ${words(40)}` }, 1);
  t.match(seen.broken, { segment: 'system', at: 0, kind: 'timestamp' });
  t.end();
});

t.test('tools and JSON: the first part that differs is named', (t) => {
  const one = tracker();
  const tools = (now: string) =>
    JSON.stringify([{ name: 'search', description: words(20), now, more: words(9) }]);
  one.observe('a', { tools: tools('2026-01-01'), system: `${words(9)} x` }, 0);
  const { broken } = one.observe('a', { tools: tools('2026-01-02'), system: `${words(9)} y` }, 1);
  t.match(broken, { segment: 'tools', at: tools('2026-01-01').indexOf('2026'), kind: 'timestamp' });
  t.end();
});

t.test('several kinds of requests under one alias do not break each other’s prefixes', (t) => {
  const one = tracker();
  const kinds = [words(50), words(50, 100), words(50, 200)];
  for (let round = 0; round < 5; round += 1) {
    for (const system of kinds) {
      t.equal(one.observe('a', { tools: '', system }, round).broken, null);
    }
  }
  t.match(one.observe('a', { tools: '', system: kinds[0]! }, 9), { compared: true });
  t.match(one.observe('b', { tools: '', system: kinds[0]! }, 9), { compared: false }, 'nor those of others');
  t.end();
});

t.test('a part that changes with every request is not worth keeping, until it stops', (t) => {
  const one = tracker();
  const at = (second: number) => ({ tools: 'tools', system: `${words(30)} ${second} ${words(30)}` });
  for (let second = 0; second < 5; second += 1) one.observe('a', at(second), second);
  t.strictSame(one.observe('a', at(99), 9).unstable, { tools: false, system: true });
  for (let time = 0; time < 3; time += 1) one.observe('a', at(99), 10 + time);
  t.strictSame(one.observe('a', at(99), 20).unstable, { tools: false, system: false });
  t.end();
});

t.test('the usual gap between requests of one prefix is known', (t) => {
  const one = tracker();
  let nowMs = 0;
  let gap: number | null = null;
  for (let time = 0; time < 5; time += 1) {
    gap = one.observe('a', { tools: '', system: 'same' }, nowMs).gapMs;
    nowMs += 600_000;
  }
  t.equal(gap, 600_000);
  t.end();
});

t.test('fingerprints differ exactly where texts do, at or before the first different character', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.string(), (head, a, b) => {
      const [one, other] = [head + a, head + b];
      const left = fingerprint(one, 7);
      const right = fingerprint(other, 7);
      const index = firstDifference(left, right);
      if (one === other) assert.equal(index, -1);
      else {
        assert.notEqual(index, -1);
        let first = 0;
        while (first < one.length && one[first] === other[first]) first += 1;
        // A blank belongs to the piece after it, so the place may be past the blanks that differ.
        const blanks = /^[\s"',;:/(){}[\]<>=|`]*/.exec(other.slice(first))![0].length;
        assert.ok(right.starts[index]! <= first + blanks + 1, `${right.starts[index]} ${first}`);
      }
    }),
    { numRuns: 1000 },
  );
  t.end();
});

t.test('a long text is kept in bounded memory, and its end still counts', (t) => {
  const long = 'lorem ipsum '.repeat(10_000);
  const one = fingerprint(long, 1);
  t.ok(one.starts.length <= maxTrackedChars);
  t.not(firstDifference(one, fingerprint(`${long.slice(0, -2)}X `, 1)), -1);
  const seen = tracker();
  seen.observe('a', { tools: '', system: long }, 0);
  t.match(seen.observe('a', { tools: '', system: `${long.slice(0, -2)}X ` }, 1).broken, {
    at: maxTrackedChars,
  });
  t.end();
});

t.test('memory stays bounded, however many tenants there are', (t) => {
  const one = new PrefixTracker(1, 50_000);
  for (let tenant = 0; tenant < 500; tenant += 1) {
    one.observe(`t${tenant}`, { tools: '', system: words(100) }, 0);
  }
  t.match(one.observe('t499', { tools: '', system: words(100) }, 1), { compared: true });
  t.match(one.observe('t0', { tools: '', system: words(100) }, 1), { compared: false }, 'forgotten');
  t.end();
});

t.test('hostile pieces are classified in bounded time', (t) => {
  for (const text of ['1'.repeat(100_000), '1:'.repeat(50_000), '0-'.repeat(50_000), 'a.'.repeat(50_000)]) {
    t.type(classify(text, 0), 'string');
  }
  t.end();
});
