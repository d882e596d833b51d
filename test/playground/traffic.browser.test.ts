import type { Page } from 'playwright-core';
import t from 'tap';
import { Apps, patienceMs, skipBrowser } from './browser.ts';

const apps = new Apps();
t.setTimeout(patienceMs);
t.teardown(() => apps.close());

const shownCount = (page: Page) =>
  page
    .getByRole('status')
    .first()
    .textContent()
    .then((text) => Number(/([\d,]+) shown/.exec(text ?? '')?.[1]?.replaceAll(',', '')));

const rowCount = () => document.querySelectorAll('.traffic-row').length;

t.test(
  'requests appear as they come, and stand still while paused',
  { skip: skipBrowser, timeout: patienceMs },
  async (t) => {
    const { page, faults } = await apps.open('traffic', { open: true, rate: 40 });
    await page.getByText('live').waitFor();
    await page.waitForFunction(() =>
      document.querySelector('.traffic-row')?.getAttribute('data-id')?.startsWith('req_00001'),
    );
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText(/\d+ new/).waitFor();
    const before = await page.locator('.traffic-row').first().getAttribute('data-id');
    await page.waitForFunction(
      () => Number.parseInt(document.querySelector('.traffic-new')?.textContent ?? '0', 10) > 30,
    );
    t.equal(await page.locator('.traffic-row').first().getAttribute('data-id'), before);

    await page.getByRole('button', { name: 'Go on' }).click();
    await page.waitForFunction(
      (id) => document.querySelector('.traffic-row')?.getAttribute('data-id') !== id,
      before,
    );
    t.strictSame(faults, []);
  },
);

t.test(
  'filters are in the address, and hold for the tail too',
  { skip: skipBrowser, timeout: patienceMs },
  async (t) => {
    const { page, faults } = await apps.open('traffic?outcome=denied', { open: true, rate: 200 });
    await page.locator('.traffic-row').first().waitFor();
    t.ok(await page.getByLabel('Outcome').isVisible(), 'filters that are on are in sight');
    const count = await shownCount(page);
    await page.waitForFunction(
      (least) =>
        Number(/([\d,]+) shown/.exec(document.body.textContent ?? '')?.[1]?.replaceAll(',', '')) > least + 5,
      count,
    );
    const statuses = await page.locator('.traffic-row .cell-status').allTextContents();
    t.ok(statuses.length > 5 && statuses.every((text) => /^4/.test(text.trim())), statuses.join());
    await page.getByLabel('Search requests').fill('model_not_allowed');
    await page.waitForURL(/q=model_not_allowed/);
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.waitForURL((url) => url.search === '');
    t.strictSame(faults, []);
  },
);

t.test(
  'a request is told in words, and its address can be sent to somebody',
  { skip: skipBrowser, timeout: patienceMs },
  async (t) => {
    const { page, faults, url } = await apps.open('traffic?outcome=denied', { open: true, rate: 0 });
    await page.locator('.traffic-row').first().click();
    const panel = page.getByRole('complementary', { name: 'Request' });
    await panel.getByText(/was denied by/).waitFor();
    await panel.getByText(/refused it/).waitFor();
    const address = page.url();
    await panel.getByRole('tab', { name: 'As text' }).click();
    await panel.getByText(/policies 9f2c41d07a3be852/).waitFor();
    await page.goto('about:blank');
    await page.goto(address);
    await panel.getByText(/was denied by/).waitFor();
    t.match(
      await panel.getByRole('link', { name: 'Open in playground' }).getAttribute('href'),
      /^\/playground\/\?request=req_/,
    );
    t.ok(address.startsWith(url));
    t.strictSame(faults, []);
  },
);

t.test(
  'of thousands of rows only those in sight are in the page',
  { skip: skipBrowser, timeout: patienceMs },
  async (t) => {
    const { page, faults } = await apps.open('traffic', { open: true, rate: 0, history: 10_000 });
    await page.locator('.traffic-row').first().waitFor();
    await page.getByRole('grid').focus();
    for (let wanted = 1000; wanted <= 10_000; wanted += 1000) {
      while ((await shownCount(page)) < wanted) await page.keyboard.press('End');
    }
    t.equal(await shownCount(page), 10_000);
    t.ok((await page.evaluate(rowCount)) < 80, String(await page.evaluate(rowCount)));
    t.equal(await page.getByRole('grid').getAttribute('aria-rowcount'), '10001');
    await page.keyboard.press('Home');
    await page.waitForFunction(() => document.querySelector('[aria-rowindex="2"]') !== null);
    t.strictSame(faults, []);
  },
);

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of the processor, without what others took of it meanwhile. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** The longest task of the page's own thread in a trace, in milliseconds of the processor: how busy others are does not count. */
function longestTaskMs(events: readonly TraceEvent[]): number {
  const threads = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = events.filter(
    ({ name, pid, tid, tdur }) => name === 'RunTask' && tdur !== undefined && threads.has(`${pid} ${tid}`),
  );
  return tasks.length === 0 ? Number.NaN : Math.max(...tasks.map(({ tdur }) => tdur!)) / 1000;
}

t.test(
  'a tail of 500 requests a second leaves the page free',
  { skip: skipBrowser, timeout: patienceMs },
  async (t) => {
    const { page, faults } = await apps.open('traffic', { open: true, rate: 500, history: 10_000 });
    const shows = (least: number) =>
      page.waitForFunction(
        (wanted) =>
          Number(/([\d,]+) shown/.exec(document.body.textContent ?? '')?.[1]?.replaceAll(',', '')) >= wanted,
        least,
      );
    await shows(800);
    const browser = page.context().browser()!;
    await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] });
    await shows(2800);
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
      traceEvents: TraceEvent[];
    };
    const longest = longestTaskMs(traceEvents);
    t.comment(`the longest task took ${longest.toFixed(1)} ms of the processor`);
    t.ok(longest < 100, `${longest} ms`);
    await page.getByText(/left out: more came than can be read/).waitFor();
    t.strictSame(faults, []);
  },
);
