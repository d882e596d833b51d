import t from 'tap';
import { type Answer, each, house, pidsOf, skip, until } from './_workers.ts';

t.setTimeout(180_000);

t.test('one that does not answer is said to be missing, and the others are shown', { skip }, async (t) => {
  // Without a master key: what changes something needs what each worker knows.
  const one = await house(t, '');
  one.csrf = (await one.get('/session')).json.csrf;
  t.ok(
    (await each(() => one.post('/policies/rollback', { version: 'x' }))).every(
      ({ status }) => status === 404,
    ),
    'what one worker gave out counts at each',
  );
  await one.chat(10);
  const [first, second] = pidsOf(one.served);
  process.kill(first!, 'SIGSTOP');
  t.teardown(() => process.kill(first!, 'SIGCONT'));
  // One of these goes to the one that stands still; it is left alone as long as it does not take what it got.
  let answer: Answer | null = null;
  while (answer === null) {
    const stop = AbortSignal.timeout(3000);
    const got = await fetch(`${one.served.url}/playground/api/traffic`, {
      headers: { connection: 'close' },
      signal: stop,
    }).catch(() => null);
    if (got !== null) answer = { status: got.status, cookie: '', json: (await got.json()) as Answer['json'] };
  }
  t.match(answer.json.workers, [
    { worker: 1, state: 'silent' },
    { worker: 2, pid: second, state: 'serving' },
  ]);
  t.ok(answer.json.rows.length > 0 && answer.json.rows.length < 10);
  process.kill(first!, 'SIGCONT');
  await until(async () => (await one.get('/traffic')).json.rows.length === 10);
  t.ok((await one.whole('/traffic')).json.workers.every(({ state }) => state === 'serving'));
});
