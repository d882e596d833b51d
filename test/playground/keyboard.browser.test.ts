import type { Page } from 'playwright-core';
import t from 'tap';
import { Apps, patienceMs, skipBrowser } from './browser.ts';

const apps = new Apps();
t.setTimeout(patienceMs);
t.teardown(() => apps.close());

/** The accessible name of what has the focus, more or less. */
const focused = () => {
  const element = document.activeElement;
  return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? '';
};

async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate(focused)) === name) return;
  }
  throw new Error(`60 times Tab did not lead to "${name}"`);
}

t.test(
  'from the first Tab to a new key without a mouse',
  { skip: skipBrowser, timeout: patienceMs },
  async (t) => {
    const { page, faults } = await apps.open('overview', { open: true });
    await page.getByRole('heading', { name: 'Latency' }).waitFor();
    await page.keyboard.press('Tab');
    t.equal(await page.evaluate(focused), 'Skip to content');
    await page.keyboard.press('Enter');
    t.equal(await page.evaluate(() => document.activeElement?.id), 'main');

    await page.keyboard.press('g');
    await page.keyboard.press('k');
    await page.getByRole('link', { name: 'support-bot' }).waitFor();
    t.equal(await page.evaluate(() => document.activeElement?.id), 'main', 'the focus is in the new screen');
    t.equal(await page.title(), 'Keys · Sluice');

    await page.keyboard.press('/');
    await page.keyboard.type('old-lap');
    await page.getByRole('link', { name: 'support-bot' }).waitFor({ state: 'detached' });
    await tabTo(page, 'Create key');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Create a key' }).waitFor();
    for (let presses = 0; presses < 40; presses += 1) {
      await page.keyboard.press('Tab');
      t.ok(
        await page.evaluate(() => document.activeElement?.closest('[role="dialog"]') != null),
        'the focus stays in the dialog',
      );
    }
    await page.getByLabel('Name').focus();
    await page.keyboard.type('by-keyboard');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'The key of by-keyboard' }).waitFor();
    await tabTo(page, 'I have stored it');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    t.strictSame(faults, []);
  },
);

t.test(
  'the list of requests is walked with arrows, read with Enter and left with Escape',
  { skip: skipBrowser, timeout: patienceMs },
  async (t) => {
    const { page, faults } = await apps.open('traffic', { open: true, rate: 0 });
    await page.locator('.traffic-row').first().waitFor();
    await page.getByRole('grid').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const third = await page.locator('.traffic-row').nth(2).getAttribute('id');
    t.equal(await page.getByRole('grid').getAttribute('aria-activedescendant'), third);
    await page.keyboard.press('Enter');
    const panel = page.getByRole('complementary', { name: 'Request' });
    await panel.waitFor();
    await page.waitForFunction(() => document.activeElement?.closest('aside') !== null);
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    t.equal(await page.evaluate(() => document.activeElement?.getAttribute('role')), 'grid');

    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Go on' }).waitFor();
    await page.keyboard.press('End');
    await page.waitForFunction(() => document.querySelector('.traffic-grid')!.scrollTop > 1000);
    t.strictSame(faults, []);
  },
);

t.test(
  'the list of keys opens with a question mark, and single keys can be turned off there',
  { skip: skipBrowser, timeout: patienceMs },
  async (t) => {
    const { page, faults } = await apps.open('overview', { open: true });
    await page.getByRole('heading', { name: 'Latency' }).waitFor();
    await page.keyboard.press('?');
    await page.getByLabel('Use short cuts of single keys').uncheck();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('k');
    await page.keyboard.press('?');
    t.match(page.url(), /overview/);
    t.equal(await page.getByRole('dialog').count(), 0);
    t.strictSame(faults, []);
  },
);

t.test(
  'a version is gone back to with one press, and that is undone with another',
  { skip: skipBrowser, timeout: patienceMs },
  async (t) => {
    const { page, faults } = await apps.open('policies', { open: true });
    const back = page.getByRole('button', { name: 'Go back to version 41b09e7755c0' });
    await back.focus();
    await page.keyboard.press('Enter');
    await page.getByText('Version 41b09e7755c0 decides now.').first().waitFor();
    await page.getByRole('button', { name: 'Undo' }).press('Enter');
    await page.getByText('Version 9f2c41d07a3b decides now.').first().waitFor();
    await back.waitFor();
    t.strictSame(faults, []);
  },
);
