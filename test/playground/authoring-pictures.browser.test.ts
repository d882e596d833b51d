/** The pictures of docs/guide/playground.md: each tab as somebody sees it who writes a policy. */
import t from 'tap';
import { Apps, patienceMs, skipBrowser } from './browser.ts';
import { gatewayYaml, lanes, makeLong, policyFile, RealGateway, signedIn, tab } from './real-gateway.ts';
import { picture, takesPictures } from './shown-screens.ts';

const apps = new Apps();
const skip =
  skipBrowser === false && !takesPictures ? 'SLUICE_SCREENSHOTS=1 takes the pictures' : skipBrowser;
const options = { skip, timeout: patienceMs };
const size = { width: 1440, height: 520 };
t.setTimeout(patienceMs * 2);
t.teardown(() => apps.close());

t.test('pictures of the sample', options, async (t) => {
  const { page } = await apps.open('', size);
  const take = async (name: string, theme: 'light' | 'dark') => {
    await page.emulateMedia({ colorScheme: theme });
    await picture({ page }, `${name}-${theme}`, 'playground');
    await page.emulateMedia({ colorScheme: 'light' });
  };
  await page.getByText('Answered by mock/gpt-large').waitFor();
  await take('decision', 'light');
  await take('decision', 'dark');
  for (const [name, seen] of [
    ['Timeline', 'beforeUpstream'],
    ['Why', 'did not match'],
    ['Tests', 'cases pass'],
    ['Plan', 'Nothing is wrong'],
  ] as const) {
    await tab(page, name).click();
    await page.getByText(seen).first().waitFor();
    for (const theme of ['light', 'dark'] as const) await take(name.toLowerCase(), theme);
  }
  await page.getByLabel('Begin with a preset').selectOption({ label: 'A stream with an address in it' });
  await tab(page, 'Stream').click();
  await page.getByText('The client gets something else').waitFor();
  await take('stream', 'light');
  await take('stream', 'dark');
  const phone = await apps.open('', { width: 390, height: 844 });
  await phone.page.getByText('Answered by mock/gpt-large').waitFor();
  await picture(phone, 'decision-phone', 'playground');
  t.pass('taken');
});

t.test('pictures of the way into use', options, async (t) => {
  const dir = t.testdir({ 'gateway.yaml': gatewayYaml, policies: { [policyFile]: lanes } });
  const gateway = await RealGateway.serve(dir);
  t.teardown(() => gateway.stop());
  for (let at = 0; at < 12; at++) await gateway.ask();
  const { page } = await signedIn(apps, gateway.url, { height: 700 });
  await page.locator('.toast').getByRole('button', { name: 'Close' }).click();
  await makeLong(page);
  await tab(page, 'Ship').click();
  await page.getByRole('button', { name: 'Check and test' }).click();
  await page.getByText('ready', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Impact on traffic' }).click();
  await page.getByText('12 of the last 12 requests').waitFor();
  await page.locator('.file-diff').first().waitFor();
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await picture({ page }, `ship-${theme}`, 'playground');
  }
  t.pass('taken');
});
