/** What goes wrong between a draft and its use is said in words, and nothing is lost. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { toFragment } from '../../playground/src/playground/share.ts';
import { Apps, patienceMs, skipBrowser } from './browser.ts';
import {
  caretBehind,
  editorOf,
  gatewayYaml,
  lanes,
  makeLong,
  policyFile,
  RealGateway,
  signedIn,
  tab,
  toast,
} from './real-gateway.ts';

const apps = new Apps();
const options = { skip: skipBrowser, timeout: patienceMs };
t.setTimeout(patienceMs * 5);
t.teardown(() => apps.close());

async function serve(t: Test, files: Readonly<Record<string, string>> = {}): Promise<RealGateway> {
  const dir = t.testdir({ 'gateway.yaml': gatewayYaml, policies: { [policyFile]: lanes, ...files } });
  const gateway = await RealGateway.serve(dir);
  t.teardown(() => gateway.stop());
  return gateway;
}

t.test(
  'a folder that changed meanwhile is not written over, and both changes come together',
  options,
  async (t) => {
    const gateway = await serve(t);
    const { page } = await signedIn(apps, gateway.url);
    await makeLong(page);
    await tab(page, 'Ship').click();
    await page.getByRole('button', { name: 'Check and test' }).click();
    await page.getByText('ready', { exact: true }).waitFor();

    const { version } = await gateway.policies();
    const other =
      "import { policy, route, tag } from 'sluice';\nexport const o = policy('o', { kind: 'shape' }, route('r', true, tag({ o: 'o' })));\n";
    gateway.write('20-other.policy.ts', other);
    while ((await gateway.policies()).version === version) await new Promise((done) => setTimeout(done, 50));
    await page.getByRole('button', { name: 'Put it into use' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Put it into use' }).click();
    await page.getByText('Another version went into use meanwhile. Nothing was changed.').waitFor();
    t.match(gateway.read(), 'gt(4000)');

    await page.getByRole('button', { name: 'Bring my changes into it' }).click();
    await toast(page, 'Your changes are on top of version');
    await page.getByRole('button', { name: 'Check and test' }).click();
    await page.getByText('ready', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Put it into use' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Put it into use' }).click();
    await toast(page, 'serves now');
    t.match(gateway.read(), 'gt(4)');
    t.equal(gateway.read('20-other.policy.ts'), other);
  },
);

t.test(
  'a draft is not put over changes on disk that do not load, also after a reload of the page',
  options,
  async (t) => {
    const gateway = await serve(t);
    const { page } = await signedIn(apps, gateway.url);
    await makeLong(page);
    await tab(page, 'Ship').click();
    await page.getByText('This draft is made from it').waitFor();
    // What was written rests before it is kept.
    await page.waitForFunction(() => localStorage.getItem('sluice.draft')?.includes('gt(4)') === true);
    await page.reload();
    await page.getByText('Answered by mock/gpt-large').waitFor();
    await tab(page, 'Ship').click();
    await page.getByText('This draft is made from it').waitFor();
    gateway.write('20-broken.policy.ts', 'export const o = policy(\n');
    await page.getByRole('button', { name: 'Check and test' }).click();
    await page.getByText('ready', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Put it into use' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Put it into use' }).click();
    await page.getByText('The policies folder holds changes that are not in use').waitFor();
    t.equal(await gateway.ask(), 'gpt-mini');
    t.equal(gateway.read('20-broken.policy.ts'), 'export const o = policy(\n');
  },
);

t.test('a draft that names no model, or fails its tests, is refused in words', options, async (t) => {
  const gateway = await serve(t, {
    '10-lanes.policy.test.yaml':
      'cases:\n  - name: short ones are cheap\n    given: { request: { lastUser: Please prove this to me now } }\n    expect: { target: mock/gpt-mini }\n',
  });
  const { page } = await signedIn(apps, gateway.url);
  await caretBehind(page, "use('smart");
  await page.keyboard.press('Backspace');
  await page.getByText('The folder does not load').waitFor();
  await page.getByRole('list', { name: 'Problems' }).getByText('"smar" is no alias').waitFor();
  await tab(page, 'Ship').click();
  await page.getByRole('button', { name: 'Check and test' }).click();
  const report = page.getByRole('region', { name: 'Check', exact: true });
  await report.getByText('not ready').waitFor();
  await report.getByText('"smar" is no alias').waitFor();
  t.ok(await page.getByRole('button', { name: 'Put it into use' }).isDisabled());

  await caretBehind(page, "use('smar");
  await page.keyboard.type('t');
  await tab(page, 'Decision').click();
  await makeLong(page);
  await tab(page, 'Ship').click();
  await page.getByRole('button', { name: 'Check and test' }).click();
  await report.getByText('1 fails').waitFor();
  await report.getByText('short ones are cheap').waitFor();
  await report.getByText('mock/gpt-large').waitFor();
  t.ok(await page.getByRole('button', { name: 'Put it into use' }).isDisabled());
  t.match(gateway.read(), 'gt(4000)');
});

t.test('where the folder cannot be written the draft is exported', options, async (t) => {
  const dir = t.testdir({ 'gateway.yaml': gatewayYaml, mounted: { [policyFile]: lanes }, policies: {} });
  // As Kubernetes mounts it.
  symlinkSync(join(dir, 'mounted', policyFile), join(dir, 'policies', policyFile));
  const gateway = await RealGateway.serve(dir);
  t.teardown(() => gateway.stop());
  const { page } = await signedIn(apps, gateway.url);
  await makeLong(page);
  await tab(page, 'Ship').click();
  await page.getByText('cannot be written from here').waitFor();
  t.equal(await page.getByRole('button', { name: 'Put it into use' }).count(), 0);
  await page.getByRole('button', { name: 'Check and test' }).click();
  await page.getByText('ready', { exact: true }).waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export the files' }).click();
  t.match((await download).suggestedFilename(), /\.policy\.ts$|\.zip$|\.json$/);
});

t.test(
  'a link of a stranger does nothing with the session, neither before the click nor after it',
  options,
  async (t) => {
    const gateway = await serve(t);
    const { page, faults } = await signedIn(apps, gateway.url);
    const asked: string[] = [];
    page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.startsWith('/playground/api/') && !pathname.endsWith('/session'))
        asked.push(`${request.method()} ${pathname}`);
    });
    const fragment = await toFragment({
      v: 1,
      files: [
        {
          name: '10-x.policy.ts',
          text: "import { deny, onRequest, policy } from 'sluice';\nconst ways = ['fetch', 'document', 'XMLHttpRequest', 'postMessage', 'localStorage', 'indexedDB', 'importScripts'];\nconst found = ways.filter((name) => name in globalThis);\nexport const x = policy('x', { kind: 'guard' }, onRequest('r', true, deny(403, found.length === 0 ? 'nothing' : found.join('_'))));\n",
        },
      ],
      given: { request: { lastUser: '<img src=x onerror=alert(1)>' } },
      active: '10-x.policy.ts',
    });
    await page.goto('about:blank');
    await page.goto(`${gateway.url}/playground/${fragment}`);
    await page.getByText('Nothing has run: look at it first').waitFor();
    await page.getByText('Nothing has run yet.').waitFor();
    t.strictSame(asked, [], 'nothing was asked before the click');
    await page.getByRole('button', { name: 'Run it' }).click();
    await page.getByText('Refused with 403 nothing by x/r').waitFor();
    await tab(page, 'Ship').click();
    await page.getByText('This draft did not begin with it').waitFor();
    t.strictSame(
      asked.filter((one) => !one.startsWith('GET ')),
      [],
      'and nothing was changed after it',
    );
    t.equal(await gateway.ask(), 'gpt-mini');
    t.strictSame(faults, []);
  },
);

for (const [name, bomb] of [
  ['an endless loop', 'for (;;) {}'],
  ['a memory bomb', 'const all: unknown[] = []; for (;;) all.push(new Array(100_000).fill(0));'],
  ['a text that doubles', "let text = 'x'; for (;;) text += text;"],
  ['a regular expression without an end', "/^(a+)+$/.test('a'.repeat(40).concat('!'));"],
] as const) {
  t.test(`${name} ends, and the page goes on`, options, async (t) => {
    const { page } = await apps.open('');
    await page.getByText('Answered by mock/gpt-large').waitFor();
    const editor = editorOf(page, '10-cheap-default.policy.ts');
    await editor.focus();
    await page.keyboard.press('Control+End');
    const sinceMs = performance.now();
    await page.keyboard.insertText(`\n${bomb}\n`);
    await page.locator('.verdict-bad').waitFor();
    t.comment(`${(performance.now() - sinceMs).toFixed(0)} ms`);
    await editor.focus();
    await page.keyboard.press('Control+z');
    await page.getByText('Answered by mock/gpt-large').waitFor();
    t.pass('the decision is back');
  });
}
