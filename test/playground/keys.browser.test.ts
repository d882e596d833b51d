import t from 'tap';
import { Apps, patienceMs, skipBrowser } from './browser.ts';

const apps = new Apps();
t.setTimeout(patienceMs);
t.teardown(() => apps.close());

t.test(
  'a new key is shown once, and is gone from the page after that',
  { skip: skipBrowser, timeout: patienceMs },
  async (t) => {
    const { page, faults } = await apps.open('keys', { open: true });
    await page.getByRole('button', { name: 'Create key' }).click();
    const form = page.getByRole('dialog', { name: 'Create a key' });
    await form.getByLabel('Name').fill('nightly-report');
    await form.getByLabel('Budget in dollars').fill('a lot');
    await form.getByRole('button', { name: 'Create key' }).click();
    await form.getByText('Write dollars as a number').waitFor();
    t.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'max_budget');

    await form.getByLabel('Budget in dollars').fill('12.50');
    await form.getByRole('button', { name: 'Create key' }).click();
    const shown = page.getByRole('dialog', { name: 'The key of nightly-report' });
    const key = (await shown.getByLabel('Key', { exact: true }).textContent()) ?? '';
    t.match(key, /^sk-/);

    await page.keyboard.press('Escape');
    t.ok(await shown.isVisible(), 'Escape does not lose it');
    await shown.getByRole('button', { name: 'Copy key' }).click();
    await page.waitForFunction(async (text) => (await navigator.clipboard.readText()) === text, key);
    await shown.getByRole('button', { name: 'I have stored it' }).click();
    await page.getByRole('link', { name: 'nightly-report' }).waitFor();
    t.notOk((await page.content()).includes(key));
    t.strictSame(faults, []);
  },
);

t.test(
  'a key is blocked with one click and brought back with another, changed and deleted',
  { skip: skipBrowser, timeout: patienceMs },
  async (t) => {
    const { page, faults } = await apps.open('keys', { open: true });
    const row = page.getByRole('row').filter({ hasText: 'search-indexer' });
    const menu = row.getByRole('button', { name: 'What to do with search-indexer' });
    await menu.click();
    await page.getByRole('menuitem', { name: 'Block' }).click();
    await row.getByText('blocked').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await row.getByText('active').waitFor();

    await menu.click();
    await page.getByRole('menuitem', { name: 'Change' }).click();
    const form = page.getByRole('dialog', { name: 'Change search-indexer' });
    t.equal(await form.getByLabel('Budget in dollars').inputValue(), '50');
    await form.getByLabel('Requests a minute').fill('');
    await form.getByRole('button', { name: 'Save' }).click();
    await row.getByText('none').waitFor();

    await menu.click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete key' }).click();
    await row.waitFor({ state: 'detached' });
    t.strictSame(faults, []);
  },
);

t.test('rotating shows the new secret', { skip: skipBrowser, timeout: patienceMs }, async (t) => {
  const { page, faults } = await apps.open('keys', { open: true });
  await page.getByRole('button', { name: 'What to do with support-bot' }).click();
  await page.getByRole('menuitem', { name: 'Rotate' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
  const shown = page.getByRole('dialog', { name: 'The key of support-bot' });
  t.match((await shown.getByLabel('Key', { exact: true }).textContent()) ?? '', /^sk-next/);
  t.strictSame(faults, []);
});
