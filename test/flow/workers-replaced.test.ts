import t from 'tap';
import { masterKey } from '../drills/budget.ts';
import { each, house, skip, until } from './_workers.ts';

t.setTimeout(180_000);

const auth = { authorization: `Bearer ${masterKey}` };

t.test(
  'during a rolling restart the console answers, says whose requests there are, and forgets no sign-out',
  { skip },
  async (t) => {
    const one = await house(t);
    await one.signIn();
    const ids = await one.chat(10, 'restart');
    t.equal((await one.whole('/traffic?tenant=restart')).json.rows.length, ids.length);
    t.equal((await one.post('/session', undefined, 'DELETE')).status, 200);
    const isOver = async () => (await each(() => one.get('/traffic'))).every(({ status }) => status === 401);
    await until(isOver);
    process.kill(one.served.child.pid!, 'SIGUSR2');
    const wrong: unknown[] = [];
    await until(async () => {
      for (const path of ['traffic', 'overview']) {
        const { status, json } = await one.send('GET', `/playground/api/${path}`, auth);
        const places = [...new Set((json.workers ?? []).map(({ worker }) => worker))].join();
        // Empty where the primary process is too busy to say.
        if (status !== 200 || (places !== '1,2' && places !== '')) wrong.push({ status, json });
      }
      return one.served.log().includes('all workers are replaced');
    });
    t.strictSame(wrong, []);
    await until(isOver);
    t.pass('nobody who began later takes the cookie');
    await one.signIn();
    t.ok((await one.whole('/traffic')).json.workers.every(({ replaced }) => replaced));
    const more = await one.chat(10);
    t.strictSame(
      (await one.whole('/traffic')).json.rows.map(({ request_id: id }) => id),
      more.toReversed(),
      'what the old ones saw is gone with them',
    );
    t.strictSame(await one.served.stop('SIGTERM'), { code: 0, signal: null });
  },
);
