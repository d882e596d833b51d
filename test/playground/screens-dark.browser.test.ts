import t from 'tap';
import { Apps, patienceMs, skipBrowser } from './browser.ts';
import { objections, picture, pictureTimeMs, screens, settle } from './shown-screens.ts';

const apps = new Apps();
t.setTimeout(patienceMs);
t.teardown(() => apps.close());

for (const screen of screens) {
  const name = `${screen.name}, dark: nothing that axe objects to, nor the policy of the page`;
  t.test(name, { skip: skipBrowser, timeout: patienceMs }, async (t) => {
    const app = await apps.open(screen.path, {
      open: true,
      theme: 'dark',
      rate: 0,
      nowMs: pictureTimeMs,
      ...screen.size,
    });
    await settle(app, screen);
    t.strictSame(await objections(app.page), []);
    t.strictSame(app.faults, []);
    await picture(app, `${screen.name}-dark`);
    await app.page.context().close();
  });
}
