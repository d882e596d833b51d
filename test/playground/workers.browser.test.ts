import t from 'tap';
import type { Workers } from '../../playground/src/api/types.ts';
import { Apps, patienceMs, skipBrowser } from './browser.ts';

const apps = new Apps();
t.setTimeout(patienceMs);
t.teardown(() => apps.close());

const worker = (number: number, state: 'serving' | 'silent' | 'starting') =>
  ({ worker: number, pid: number, state, since: '2026-01-01T00:00:00.000Z', replaced: false }) as const;

t.test(
  'the list says which workers are missing, as it changes',
  { skip: skipBrowser, timeout: patienceMs },
  async (t) => {
    let workers: Workers = [worker(1, 'serving'), worker(2, 'serving')];
    const { page, faults } = await apps.open('traffic', { open: true, workers: () => workers });
    await page.getByText('live').waitFor();
    t.equal(await page.getByText(/did not answer in time/).count(), 0);
    workers = [worker(1, 'serving'), worker(2, 'silent')];
    await page.getByText('Worker 2 did not answer in time and is not shown.').waitFor();
    workers = [worker(1, 'serving'), worker(2, 'starting')];
    await page.getByText(/Worker 2 is being started/).waitFor();
    workers = [worker(1, 'serving'), worker(2, 'serving')];
    await page.getByText(/Worker 2/).waitFor({ state: 'detached' });
    t.strictSame(faults, []);
  },
);

t.test(
  'the overview says whose numbers are missing',
  { skip: skipBrowser, timeout: patienceMs },
  async (t) => {
    const workers = () => [worker(1, 'serving'), worker(2, 'silent')];
    const { page, faults } = await apps.open('overview', { open: true, workers });
    await page.getByText('Worker 2 did not answer in time and is not shown.').waitFor();
    t.strictSame(faults, []);
  },
);
