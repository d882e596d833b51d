import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { errorCodes } from '../../sdk/errors.ts';
import { root } from './source-files.ts';

t.test('the error table of the documentation is the one of the code', async (t) => {
  const page = readFileSync(join(root, 'docs/reference/errors.md'), 'utf8');
  const documented = [...page.matchAll(/^\| `(\w+)` \| (\d+) \| (\w+) \|/gm)].map(
    ([, code, status, type]) => [code, { status: Number(status), type }],
  );
  t.strictSame(Object.fromEntries(documented), errorCodes);
});
