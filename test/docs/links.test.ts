import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { page, pagesIn, root } from './pages.ts';

const pages = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'policies/README.md'],
  ...['docs', 'policies/examples', 'plugins'].flatMap(pagesIn),
];

t.test('every relative link leads to a file of the checkout', (t) => {
  const broken = pages.flatMap((path) =>
    [...page(path).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target!)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => !existsSync(join(root, dirname(path), target.replace(/#.*$/, ''))))
      .map((target) => `${path}: ${target}`),
  );
  t.strictSame(broken, []);
  t.end();
});

t.test('the map of the house names every folder of the core, and no other', (t) => {
  const folders = readdirSync(join(root, 'core'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const house = page('ARCHITECTURE.md').split('\ncore/\n')[1]!.split('\nplugins/')[0]!;
  const named = [...house.matchAll(/^ {2}([\w-]+)\/ /gm)].map(([, name]) => name!);
  t.strictSame(named.toSorted(), folders.toSorted());
  t.end();
});
