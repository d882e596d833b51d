import t from 'tap';
import { Apps, patienceMs, skipBrowser } from './browser.ts';
import { objections } from './shown-screens.ts';

const apps = new Apps();
t.setTimeout(patienceMs);
t.teardown(() => apps.close());

const states = [
  {
    path: 'overview',
    empty: 'Nothing was spent today',
    route: '/playground/api/overview',
    failed: 'The numbers did not come',
  },
  {
    path: 'traffic',
    empty: 'No requests yet',
    route: '/playground/api/traffic',
    failed: 'The requests did not come',
  },
  {
    path: 'spend',
    empty: 'Nothing was spent in these days',
    route: '/cost/report',
    failed: 'The report did not come',
  },
  { path: 'keys', empty: null, route: '/key/list', failed: 'The keys did not come' },
  {
    path: 'providers',
    empty: 'No providers',
    route: '/playground/api/providers',
    failed: 'The providers did not come',
  },
  { path: 'policies', empty: null, route: '/playground/api/policies', failed: 'The policies did not come' },
];

for (const { path, empty, route, failed } of states) {
  t.test(
    `${path} says so when there is nothing, and when it cannot know`,
    { skip: skipBrowser, timeout: patienceMs },
    async (t) => {
      if (empty !== null) {
        const { page, faults } = await apps.open(path, { open: true, empty: true, rate: 0 });
        await page.getByText(empty).waitFor();
        t.strictSame(await objections(page), []);
        t.strictSame(faults, []);
        await page.context().close();
      }
      const failing = new Set([route]);
      const { page } = await apps.open(path, { open: true, failing, rate: 0 });
      await page.getByText(failed).waitFor();
      await page.getByText('The ledger does not answer.').waitFor();
      failing.clear();
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByText(failed).waitFor({ state: 'detached' });
      await page.context().close();
    },
  );
}
