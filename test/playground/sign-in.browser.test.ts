import t from 'tap';
import { Apps, patienceMs, skipBrowser } from './browser.ts';
import { masterKey } from './mock-gateway.ts';

const apps = new Apps();
t.setTimeout(patienceMs);
t.teardown(() => apps.close());

t.test(
  'a wrong key is said to be wrong, the right one opens the console',
  { skip: skipBrowser, timeout: patienceMs },
  async (t) => {
    const { page, faults } = await apps.open('overview');
    await page.getByText('Sign in to see this').waitFor();
    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();

    const dialog = page.getByRole('dialog', { name: 'Sign in' });
    await dialog.getByLabel('Master key').fill('sk-wrong');
    await page.keyboard.press('Enter');
    await dialog.getByText('This is not the master key').waitFor();

    await dialog.getByLabel('Master key').fill(masterKey);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Latency' }).waitFor();
    t.equal(await dialog.count(), 0);
    t.notMatch(await page.content(), masterKey, 'the key is not left in the page');
    t.strictSame(faults, []);
  },
);

t.test('who signs out sees nothing more', { skip: skipBrowser, timeout: patienceMs }, async (t) => {
  const { page, faults } = await apps.open('keys');
  await page.getByRole('banner').getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Master key').fill(masterKey);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'support-bot' }).waitFor();

  await page.getByRole('button', { name: 'Gateway' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByText('Sign in to see this').waitFor();
  t.equal(await page.getByRole('link', { name: 'support-bot' }).count(), 0);
  t.strictSame(faults, []);
});

t.test(
  'an open gateway needs no sign-in, and the theme that was chosen is remembered',
  { skip: skipBrowser, timeout: patienceMs },
  async (t) => {
    const { page, faults } = await apps.open('overview', { open: true });
    await page.getByRole('heading', { name: 'Latency' }).waitFor();
    await page.getByRole('button', { name: 'Theme' }).click();
    await page.getByRole('menuitemradio', { name: 'Dark' }).click();
    await page.waitForFunction(() => document.documentElement.dataset['theme'] === 'dark');
    await page.reload();
    await page.getByRole('heading', { name: 'Latency' }).waitFor();
    t.equal(await page.evaluate(() => document.documentElement.dataset['theme']), 'dark');
    t.strictSame(faults, []);
  },
);
