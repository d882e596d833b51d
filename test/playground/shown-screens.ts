import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import type { AppPage } from './browser.ts';

/** `SLUICE_SCREENSHOTS=1` writes the pictures of the guide. */
const pictures =
  process.env['SLUICE_SCREENSHOTS'] === '1'
    ? fileURLToPath(new URL('../../docs/images/', import.meta.url))
    : null;

export interface Shown {
  readonly name: string;
  readonly path: string;
  /** In sight when the screen is there. */
  readonly ready: string;
  /** Of the window, where it is not the usual one. */
  readonly size?: { readonly width: number; readonly height: number };
  readonly act?: (page: Page) => Promise<void>;
}

/** Every screen, and what opens over it. */
export const screens: readonly Shown[] = [
  { name: 'overview', path: 'overview', ready: 'Breakers' },
  { name: 'traffic', path: 'traffic', ready: 'live', size: { width: 1200, height: 740 } },
  {
    name: 'request',
    path: 'traffic?status=502',
    ready: 'live',
    size: { width: 1280, height: 900 },
    act: async (page) => {
      await page.locator('.traffic-row').first().click();
      await page.getByText('What lost').waitFor();
    },
  },
  { name: 'spend', path: 'spend', ready: 'Together' },
  { name: 'spend-tenant', path: 'spend?tenant=acme&range=7d', ready: 'Together' },
  { name: 'keys', path: 'keys', ready: 'support-bot' },
  {
    name: 'create-key',
    path: 'keys',
    ready: 'support-bot',
    act: async (page) => {
      await page.getByRole('button', { name: 'Create key' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'providers', path: 'providers', ready: 'gpu-cluster' },
  { name: 'policies', path: 'policies', ready: 'decides now' },
];

/** Whether pictures are wanted. */
export const takesPictures = pictures !== null;

/** What axe objects to, but for trifles. */
export async function objections(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, impact, nodes }) =>
    impact === 'minor'
      ? []
      : nodes.map(({ html, failureSummary }) => `${id} (${impact}): ${html.slice(0, 160)} ${failureSummary}`),
  );
}

/** What sticks out of the window to the right, in pixels. */
export const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;

/** A moment, so that pictures are the same whenever they are taken. */
export const pictureTimeMs = Date.UTC(2026, 5, 18, 14, 5, 7);

/** Waits until a screen is there, and opens what it should show. */
export async function settle({ page }: AppPage, { ready, act }: Shown): Promise<void> {
  await page.getByText(ready, { exact: false }).first().waitFor({ state: 'attached' });
  await act?.(page);
}

/** Keeps a picture for the guide, where pictures are wanted. */
export async function picture(
  { page }: Pick<AppPage, 'page'>,
  name: string,
  folder = 'console',
): Promise<void> {
  if (pictures === null) return;
  mkdirSync(`${pictures}${folder}`, { recursive: true });
  await page.mouse.move(0, 0);
  writeFileSync(`${pictures}${folder}/${name}.png`, await page.screenshot({ animations: 'disabled' }));
}
