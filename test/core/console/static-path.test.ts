import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { targetOf } from '../../../core/console/static/path.ts';

const names = new Set(['index.html', 'icon.svg', 'assets/app-1a2b3c4d.js', 'assets/my file.css']);

t.test('files are found by their names, and paths without an ending are pages of the app', async (t) => {
  const found = (path: string) => targetOf(path, names);
  t.strictSame(found('/playground/icon.svg'), { type: 'file', name: 'icon.svg' });
  t.strictSame(found('/playground/icon.svg?v=1'), { type: 'file', name: 'icon.svg' });
  t.strictSame(found('/playground/assets/app-1a2b3c4d.js'), { type: 'file', name: 'assets/app-1a2b3c4d.js' });
  t.strictSame(found('/playground/assets/my%20file.css'), { type: 'file', name: 'assets/my file.css' });
  for (const page of ['', 'index.html', 'overview', 'traffic', 'policies/', 'keys?x=1', 'a/b-c/d_e']) {
    t.strictSame(found(`/playground/${page}`), { type: 'index' }, page);
  }
});

t.test('what is no file and no page is nothing', async (t) => {
  const paths = [
    '/playground',
    '/playgroundx/icon.svg',
    '/playground/assets/gone-1a2b3c4d.js',
    '/playground/api',
    '/playground/api/nothing',
    '/playground/%61pi/session',
    '/playground/../package.json',
    '/playground/..%2fpackage.json',
    '/playground/%2e%2e/package.json',
    '/playground/%252e%252e/package.json',
    '/playground/..\\package.json',
    '/playground/..%5Cpackage.json',
    '/playground/icon.svg%00.html',
    '/playground/assets%2fapp-1a2b3c4d.js',
    '/playground//etc/passwd.txt',
    '/playground/icon.svg/',
    '/playground/%E0%A4%A',
    `/playground/${'a'.repeat(2000)}`,
    '/etc/passwd',
  ];
  for (const path of paths) t.strictSame(targetOf(path, names), { type: 'nothing' }, path.slice(0, 60));
});

t.test('whatever the path, the answer is one of the files, the page, or nothing', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '..',
      '.',
      '%2e',
      '%2f',
      '%5c',
      '\\',
      '/',
      '//',
      '%00',
      '%25',
      'assets',
      'icon.svg',
      '?',
      '#',
      ';',
    ),
    fc.constantFrom('index.html', 'app-1a2b3c4d.js', '%c0%ae', '%E2%80%AE', '~', 'api', ' ', '%20'),
    fc.string({ maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const target = targetOf(`/playground/${pieces.join('')}`, names);
      if (target.type !== 'file') return;
      assert.ok(names.has(target.name));
      assert.ok(!target.name.split('/').includes('..'));
    }),
    { numRuns: 200 },
  );
});

t.test('a long path of one kind of character is answered like any other', async (t) => {
  for (const unit of ['a/', '-', '/', '..', '%2e']) {
    const path = `/playground/${unit.repeat(Math.floor(1000 / unit.length))}!`;
    t.equal(targetOf(path, names).type, 'nothing', unit);
  }
});
