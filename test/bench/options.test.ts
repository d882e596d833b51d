import t from 'tap';
import { parseOptions, UsageError } from './options.ts';

t.test('the bare proxy is always measured, so it is never in the list of the others', (t) => {
  t.same(parseOptions([])?.only, ['none', 'default', 'three']);
  t.same(parseOptions(['--only', 'three', '--only', 'bare'])?.only, ['three']);
  t.end();
});

t.test('--quick makes rounds fewer and shorter, --seconds has the last word', (t) => {
  t.match(parseOptions(['--quick']), { rounds: 2, seconds: 0.8, starts: 1 });
  t.match(parseOptions(['--quick', '--seconds', '0.5']), { rounds: 2, seconds: 0.5 });
  t.end();
});

t.test('help is no measurement', (t) => {
  t.equal(parseOptions(['--help']), null);
  t.end();
});

t.test('what is not understood is refused by name', (t) => {
  t.throws(
    () => parseOptions(['--seconds', 'ten']),
    new UsageError("--seconds: expected a number above 0 and up to 60, got 'ten'"),
  );
  t.throws(
    () => parseOptions(['--only', 'nginx']),
    /expected one of bare, none, default, three, got 'nginx'/,
  );
  t.throws(() => parseOptions(['--fast']), /--fast/);
  t.end();
});
