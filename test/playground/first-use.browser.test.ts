/** A person who reads nothing changes what a running gateway does, sees it happen, and takes it back. */
import t from 'tap';
import { Apps, patienceMs, skipBrowser } from './browser.ts';
import {
  caretBehind,
  gatewayYaml,
  lanes,
  makeLong,
  policyFile,
  question,
  RealGateway,
  signedIn,
  tab,
  toast,
} from './real-gateway.ts';

const apps = new Apps();
const options = { skip: skipBrowser, timeout: patienceMs };
let gateway: RealGateway | undefined;

t.setTimeout(patienceMs * 3);
t.teardown(async () => {
  await apps.close();
  await gateway?.stop();
});

t.test('a rule is changed, tested, put into use, seen in the traffic and taken back', options, async (t) => {
  const dir = t.testdir({ 'gateway.yaml': gatewayYaml, policies: { [policyFile]: lanes } });
  gateway = await RealGateway.serve(dir);
  const { url } = gateway;
  for (let at = 0; at < 5; at++) t.equal(await gateway.ask(), 'gpt-mini');
  const { page, faults } = await signedIn(apps, url);
  await toast(page, 'The live policies are open');

  await page.evaluate(() => {
    addEventListener('keydown', () => performance.mark('key'), true);
    new MutationObserver(() => {
      if (document.querySelector('.verdict-text')?.textContent === 'Answered by mock/gpt-large')
        performance.mark('shown');
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await makeLong(page);
  const times = await page.evaluate(() => {
    const shown = performance.getEntriesByName('shown')[0]!.startTime;
    return (
      shown - performance.getEntriesByName('key').findLast(({ startTime }) => startTime < shown)!.startTime
    );
  });
  t.comment(`from the key to the new decision: ${times.toFixed(1)} ms`);
  t.equal(await gateway.ask(), 'gpt-mini', 'nothing but the page knows of it');

  await tab(page, 'Tests').click();
  await page.getByLabel('Save this request as a test').fill('hard questions go to the large model');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('1 case passes').waitFor();

  await tab(page, 'Ship').click();
  await page.getByRole('button', { name: 'Check and test' }).click();
  await page.getByText('1 test passes').waitFor();
  const changes = page.getByRole('region', { name: 'Changes against the live folder' });
  await changes.getByText('10-lanes.policy.test.yaml').waitFor();
  await changes.getByText('4000').waitFor();
  await page.getByRole('button', { name: 'Impact on traffic' }).click();
  await page.getByText('6 of the last 6 requests').waitFor();
  await page.getByRole('button', { name: 'Put it into use' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Put it into use' }).click();
  await toast(page, 'serves now');
  t.equal(await gateway.ask(), 'gpt-large');
  t.match(gateway.read(), 'gt(4)');
  t.match(gateway.read('10-lanes.policy.test.yaml'), 'hard questions go to the large model');

  await page.getByRole('navigation').getByRole('link', { name: 'Traffic' }).click();
  await page.getByText('cheap → gpt-large').waitFor();
  await page.getByRole('navigation').getByRole('link', { name: 'Playground' }).click();
  await page.getByText('This draft is made from it').waitFor();
  await page.getByRole('button', { name: /^Go back to / }).click();
  await toast(page, 'serves again');
  t.equal(await gateway.ask(), 'gpt-mini');
  t.match(await page.getByRole('tabpanel').first().textContent(), 'gt(4)', 'the draft stays');

  await page.reload();
  await page.getByText('Answered by mock/gpt-large').waitFor();
  await tab(page, 'Ship').click();
  await page.getByText('This draft is made from it').waitFor();
  t.strictSame(faults, []);
});

t.test('a draft is run through the gateway, and its record is in the traffic', options, async (t) => {
  const dir = t.testdir({ 'gateway.yaml': gatewayYaml, policies: { [policyFile]: lanes } });
  const own = await RealGateway.serve(dir);
  t.teardown(() => own.stop());
  const { page, faults } = await signedIn(apps, own.url);
  await makeLong(page);
  await page.getByLabel('Stream', { exact: true }).check();
  await tab(page, 'Stream').click();
  await page.getByRole('button', { name: 'Run through the gateway' }).click();
  const answer = page.getByRole('region', { name: 'Through the gateway' });
  await answer.getByText(`Mock answer to: ${question}`).waitFor();
  await answer.getByText('Answered by mock/gpt-large').waitFor();
  await answer.getByRole('link', { name: 'Its decision record' }).click();
  const record = page.getByRole('complementary', { name: 'Request' });
  await record.getByText('was answered by mock/gpt-large, status 200').waitFor();
  await page.getByRole('row').getByText('draft').waitFor({ state: 'attached' });
  t.equal(await own.ask(), 'gpt-mini', 'the draft serves nobody else');
  t.strictSame(faults, []);
});

t.test('the way from a draft to use needs no mouse', options, async (t) => {
  const dir = t.testdir({ 'gateway.yaml': gatewayYaml, policies: { [policyFile]: lanes } });
  const own = await RealGateway.serve(dir);
  t.teardown(() => own.stop());
  const { page } = await signedIn(apps, own.url);
  const focused = () =>
    page.evaluate(() => {
      const { activeElement: at } = document;
      return at?.getAttribute('aria-label') ?? at?.textContent?.trim() ?? '';
    });
  const tabTo = async (name: string) => {
    for (let presses = 0; presses < 80; presses++) {
      if ((await focused()) === name) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`no Tab leads to ${name}, but to ${await focused()}`);
  };
  await caretBehind(page, 'gt(4000');
  for (let at = 0; at < 3; at++) await page.keyboard.press('Backspace');
  await page.getByText('Answered by mock/gpt-large').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('F6');
  await page.keyboard.press('F6');
  await page.keyboard.press('End');
  await tabTo('Check and test');
  await page.keyboard.press('Enter');
  await page.getByText('ready', { exact: true }).waitFor();
  await tabTo('Put it into use');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await tabTo('Put it into use');
  await page.keyboard.press('Enter');
  await toast(page, 'serves now');
  t.equal(await own.ask(), 'gpt-large');
  const { versions } = (await own.policies()) as unknown as {
    versions: { version: string; active: boolean }[];
  };
  await tabTo(`Go back to ${versions.find(({ active }) => !active)!.version}`);
  await page.keyboard.press('Enter');
  await toast(page, 'serves again');
  t.equal(await own.ask(), 'gpt-mini');
  t.not(await page.evaluate(() => document.activeElement?.tagName), 'BODY', 'the focus is still somewhere');
});
