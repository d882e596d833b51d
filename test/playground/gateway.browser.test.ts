/** The console on a real gateway, as it is served: what the mock promises, this one keeps. */
import t from 'tap';
import { type Served, serveProcess } from '../flow/serve-process.ts';
import { Apps, patienceMs, skipBrowser } from './browser.ts';

const apps = new Apps();
const masterKey = 'sk-console-canary';
const prices = 'plugin: ledger\nprices: { mock/gpt-mini: { input: $3.00, output: $15.00 } }\n';
// biome-ignore lint/suspicious/noTemplateCurlyInString: a reference of the configuration.
const auth = 'auth:\n  master_key: ${KEY}\n';
const config = `${auth}providers:\n  mock: { kind: mock }\nmodels:\n  cheap: mock/gpt-mini\n`;
let served: Served | undefined;

t.setTimeout(patienceMs);
t.teardown(async () => {
  await apps.close();
  await served?.stop('SIGTERM');
});

t.test(
  'a key is made, used, seen in the tail, explained and billed',
  { skip: skipBrowser, timeout: patienceMs },
  async (t) => {
    const dir = t.testdir({
      policies: { '00-ledger.yaml': prices, '10-keys.yaml': 'plugin: keys\n' },
      'gateway.yaml': config,
    });
    const files = [
      '--policies',
      `${dir}/policies`,
      '--config',
      `${dir}/gateway.yaml`,
      '--data',
      `${dir}/data`,
    ];
    served = await serveProcess(files, { KEY: masterKey });
    const { url } = served;
    const { page, faults } = await apps.visit(url, 'keys');

    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Master key').fill(masterKey);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Create the first key' }).click();
    const form = page.getByRole('dialog', { name: 'Create a key' });
    await form.getByLabel('Name').fill('console-test');
    await form.getByLabel('Tenant').fill('acme');
    await form.getByLabel('Budget in dollars').fill('1.50');
    await form.getByRole('button', { name: 'Create key' }).click();
    const shown = page.getByRole('dialog', { name: 'The key of console-test' });
    const key = (await shown.getByLabel('Key', { exact: true }).textContent()) ?? '';
    await shown.getByRole('button', { name: 'I have stored it' }).click();
    await page.getByText('of $1.50').waitFor();

    await page.getByRole('link', { name: 'Traffic' }).click();
    await page.getByText('live').waitFor();
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'cheap', messages: [{ role: 'user', content: 'hello' }] }),
    });
    t.equal(answer.status, 200);
    await answer.text();
    const id = answer.headers.get('x-request-id')!;
    const row = page.locator(`[data-id="${id}"]`);
    await row.waitFor();
    await row.click();
    const panel = page.getByRole('complementary', { name: 'Request' });
    await panel.getByText('cheap was answered by mock/gpt-mini, status 200').waitFor();

    await page.getByRole('link', { name: 'Spend' }).click();
    const report = (await (
      await fetch(`${url}/cost/report?by=tenant`, { headers: { authorization: `Bearer ${masterKey}` } })
    ).json()) as { total: { cost_nano_usd: number; requests: number } };
    t.equal(report.total.requests, 1);
    t.ok(report.total.cost_nano_usd > 0);
    const line = page.getByRole('row').filter({ hasText: 'acme' });
    await line.waitFor();
    const cell = (await line.getByRole('cell').nth(1).textContent()) ?? '';
    t.equal(BigInt(cell.replace('$', '').replace('.', '')), BigInt(report.total.cost_nano_usd), cell);

    for (const [screen, words] of [
      ['Overview', 'mock/gpt-mini'],
      ['Providers', 'mock/gpt-mini'],
      ['Policies', 'decides now'],
    ] as const) {
      await page.getByRole('navigation').getByRole('link', { name: screen }).click();
      await page.getByText(words).first().waitFor();
    }
    await page.getByRole('button', { name: 'Gateway' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByText('Sign in to see this').waitFor();
    t.notMatch(await page.content(), masterKey);
    t.strictSame(faults, []);
  },
);
