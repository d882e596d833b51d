import t from 'tap';
import { Apps, patienceMs, skipBrowser } from './browser.ts';
import { objections, overflow } from './shown-screens.ts';

const apps = new Apps();
const options = { skip: skipBrowser, timeout: patienceMs };
t.setTimeout(patienceMs * 3);
t.teardown(() => apps.close());

for (const theme of ['light', 'dark'] as const) {
  t.test(`axe has nothing to say about any tab, ${theme}`, options, async (t) => {
    const { page } = await apps.open('', { theme, open: true });
    await page.getByText('Answered by mock/gpt-large').waitFor();
    for (const tab of ['Decision', 'Timeline', 'Stream', 'Why', 'Tests', 'Plan', 'Ship']) {
      await page.getByRole('tab', { name: tab, exact: true }).click();
      t.strictSame(await objections(page), [], tab);
    }
  });
}

t.test('on a phone the panels stand below each other, and nothing sticks out', options, async (t) => {
  const { page } = await apps.open('', { width: 390, height: 844 });
  await page.getByText('Answered by mock/gpt-large').waitFor();
  t.equal(await page.evaluate(overflow), 0);
  t.equal(await page.evaluate(() => scrollY), 0, 'the page begins at its top');
  t.strictSame(await objections(page), []);
});
