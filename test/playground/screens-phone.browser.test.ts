import t from 'tap';
import { Apps, patienceMs, skipBrowser } from './browser.ts';
import { objections, overflow, picture, pictureTimeMs, screens, settle } from './shown-screens.ts';

const apps = new Apps();
t.setTimeout(patienceMs);
t.teardown(() => apps.close());

const phone = { open: true, rate: 0, width: 390, height: 800, nowMs: pictureTimeMs };

for (const screen of screens) {
  t.test(`${screen.name} fits a phone`, { skip: skipBrowser, timeout: patienceMs }, async (t) => {
    const app = await apps.open(screen.path, phone);
    await settle(app, screen);
    t.equal(await app.page.evaluate(overflow), 0);
    t.strictSame(await objections(app.page), []);
    t.strictSame(app.faults, []);
    if (screen.name === 'overview' || screen.name === 'traffic') await picture(app, `${screen.name}-phone`);
    await app.page.context().close();
  });
}
