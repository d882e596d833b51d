import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Answers, Draft, FromEngine } from '../../playground/src/engine/messages.ts';
import { toFragment } from '../../playground/src/playground/share.ts';
import { Apps, patienceMs, skipBrowser } from './browser.ts';
import { exampleEngineConfig, exampleFiles, pageEngine } from './engine-parts.ts';
import { dist } from './mock-gateway.ts';

const apps = new Apps();
const options = { skip: skipBrowser, timeout: patienceMs };
t.setTimeout(patienceMs * 4);
t.teardown(() => apps.close());

/** What of a record is measured, and not decided. */
function decided(value: unknown): string {
  return JSON.stringify(value).replaceAll(/"us":[\d.]+/g, '"us":0');
}

t.test('in a browser every case of the examples has the record that it has here', options, async (t) => {
  const { page, faults } = await apps.open('overview');
  const draft: Draft = { config: await exampleEngineConfig(), files: exampleFiles() };
  const file = readdirSync(join(dist, 'assets')).find((name) => /^engine-worker-.*\.js$/.test(name));
  const theirs = await page.evaluate(
    ([url, question]) =>
      new Promise<Answers['test']>((resolve, reject) => {
        const worker = new Worker(url, { type: 'module' });
        worker.onerror = ({ message }) => reject(new Error(message));
        worker.onmessage = ({ data }: { data: FromEngine }) => {
          if (data.type === 'ready') worker.postMessage({ id: 1, question });
          else if (data.type === 'answer') resolve(data.answer as Answers['test']);
          else if (data.type === 'failed') reject(new Error(data.message));
        };
      }),
    [`/playground/assets/${file}`, { type: 'test', draft }] as const,
  );
  const mine = (await (await pageEngine()).answer({ type: 'test', draft })) as Answers['test'];
  t.ok(mine.tested!.cases.length > 30);
  t.equal(theirs.loaded.version, mine.loaded.version);
  for (const [index, one] of mine.tested!.cases.entries()) {
    t.equal(decided(theirs.tested!.cases[index]), decided(one), one.name);
  }
  t.strictSame(faults, []);
});

t.test('without a sign-in a decision is there, and follows what is written', options, async (t) => {
  const { page, faults } = await apps.open('');
  await page.getByText('Answered by mock/gpt-large').waitFor();
  await page.getByLabel('Last message of the user').fill('What is the capital of France?');
  await page.getByText('Answered by mock/gpt-mini').waitFor();

  const editor = page.getByRole('textbox', { name: /^10-cheap-default\.policy\.ts/ });
  await editor.focus();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(
    "import { onRequest, deny } from 'sluice';\nexport const no = policy('no', { kind: 'guard' }, onRequest('all', true, deny(418, 'teapot')));",
  );
  await page.getByText('Refused with 418 teapot by no/all').waitFor();
  t.strictSame(faults, [], 'nothing is forbidden by the policy of the page');
});

t.test('a loop without an end is ended, and the page goes on', options, async (t) => {
  const { page } = await apps.open('');
  await page.getByText('Answered by mock/gpt-large').waitFor();
  const editor = page.getByRole('textbox', { name: /^10-cheap-default\.policy\.ts/ });
  await editor.focus();
  await page.keyboard.press('Control+End');
  await page.keyboard.insertText('\nfor (;;) {}\n');
  await page.getByText('The folder does not load').waitFor();
  await editor.focus();
  await page.keyboard.press('Control+z');
  await page.getByText('Answered by mock/gpt-large').waitFor();
  t.pass('the decision is back');
});

t.test('types complete the names that are configured', options, async (t) => {
  const { page } = await apps.open('');
  const editor = page.getByRole('textbox', { name: /^10-cheap-default\.policy\.ts/ });
  await editor.focus();
  await page.keyboard.press('Control+End');
  await page.keyboard.insertText(
    "export const more = policy('m', { kind: 'shape' }, route('r', true, use('mini-')));",
  );
  for (let presses = 0; presses < 5; presses++) await page.keyboard.press('ArrowLeft');
  const offered = page.getByRole('option', { name: 'mini-alt' });
  // The types come over the network when somebody writes.
  for (let tries = 0; tries < 60 && (await offered.count()) === 0; tries++) {
    await page.keyboard.press('Control+Space');
    await offered.waitFor({ timeout: 2000 }).catch(() => undefined);
  }
  await offered.waitFor();
  t.pass('the alias is offered');
});

t.test('a link opens with a notice, and runs nothing before a click', options, async (t) => {
  const state = {
    v: 1 as const,
    files: [
      {
        name: '10-x.policy.ts',
        text: "import { deny, onRequest, policy } from 'sluice';\nexport const x = policy('x', { kind: 'guard' }, onRequest('r', true, deny(403, 'by_link')));\n",
      },
    ],
    given: { request: { model: 'mini', lastUser: '<img src=x onerror=alert(1)>' } },
    active: '10-x.policy.ts',
  };
  const { page, faults } = await apps.open(await toFragment(state), { open: true });
  await page.getByText('Nothing has run: look at it first').waitFor();
  await page.getByText('Nothing has run yet.').waitFor();
  t.equal(await page.getByText('by_link by x/r').count(), 0);
  t.equal(await page.getByLabel('Last message of the user').inputValue(), state.given.request.lastUser);
  await page.getByRole('button', { name: 'Run it' }).click();
  await page.getByText('Refused with 403 by_link by x/r').waitFor();
  t.strictSame(faults, []);
});

t.test('a broken link says so and leaves the sample', options, async (t) => {
  const { page } = await apps.open('#p1/broken');
  await page.getByText('The link is damaged').waitFor();
  await page.getByText('Answered by mock/gpt-large').waitFor();
  t.pass('the sample is there');
});

t.test('arrows walk the tabs, F6 the panels', options, async (t) => {
  const { page } = await apps.open('');
  await page.getByText('Answered by mock/gpt-large').waitFor();
  await page.getByRole('tab', { name: 'Decision' }).focus();
  await page.keyboard.press('ArrowRight');
  t.equal(await page.getByRole('tab', { name: 'Timeline' }).getAttribute('aria-selected'), 'true');
  await page.keyboard.press('End');
  t.equal(await page.getByRole('tab', { name: 'Ship' }).getAttribute('aria-selected'), 'true');
  await page.keyboard.press('F6');
  t.equal(
    await page.evaluate(() => document.activeElement?.closest('[data-panel]')?.getAttribute('aria-label')),
    'Policies',
  );
  await page.keyboard.press('F6');
  t.equal(
    await page.evaluate(() => document.activeElement?.closest('[data-panel]')?.getAttribute('aria-label')),
    'Request',
  );
});
