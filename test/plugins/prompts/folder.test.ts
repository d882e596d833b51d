import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { compareVersions } from '../../../plugins/prompts/files.ts';
import { OutsideFolder } from '../../../plugins/prompts/outside-folder.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { recordingLog } from '../../../sdk/testing/fakes.ts';

const file = (text: string) => `---\nname: hello\n---\n${text}\n`;
const textOf = (folder: OutsideFolder) => folder.current.content('hello', '1')?.source['text'];

/** Looks are not awaited by anybody. */
async function looked(folder: OutsideFolder, wanted: unknown): Promise<unknown> {
  while (textOf(folder) !== wanted) await new Promise((resolve) => setImmediate(resolve));
  return textOf(folder);
}

t.test(
  'a folder beside the policies folder is read again when it changed, and kept when that is wrong',
  async (t) => {
    const path = t.testdir({ 'hello.md': file('One'), 'README.md': 'People' });
    const clock = new FakeClock();
    const log = recordingLog();
    const folder = new OutsideFolder(path, 2000, clock, log);
    t.equal(await folder.open(), true);
    t.equal(textOf(folder), 'One');
    writeFileSync(join(path, 'hello.md'), file('Two is longer'));
    t.equal(textOf(folder), 'One');
    clock.advance(2000);
    t.equal(await looked(folder, 'Two is longer'), 'Two is longer');
    mkdirSync(join(path, 'more'));
    writeFileSync(join(path, 'more/wrong.md'), 'nothing');
    clock.advance(2000);
    textOf(folder);
    while (log.lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
    t.match(log.lines, [{ level: 'error', fields: { error: /more\/wrong\.md: expected front matter/ } }]);
    t.equal(textOf(folder), 'Two is longer');
  },
);

t.test('no folder is no prompts', async (t) => {
  t.equal(
    await new OutsideFolder(join(t.testdir(), 'none'), 0, new FakeClock(), recordingLog()).open(),
    false,
  );
});

t.test('versions are ordered as people count', (t) => {
  const sorted = ['10', '2', 'v10', 'v2', '1', '2.10', '2.9', '2-rc'].toSorted(compareVersions);
  t.strictSame(sorted, ['1', '2', '2-rc', '2.9', '2.10', '10', 'v2', 'v10']);
  t.end();
});
