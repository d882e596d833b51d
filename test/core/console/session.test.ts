import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { cookieValues, setSessionCookie } from '../../../core/console/cookies.ts';
import { Sessions, sessionMs } from '../../../core/console/session.ts';
import { SignInLimit } from '../../../core/console/sign-in-limit.ts';
import { MasterKey } from '../../../core/server/auth.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import { Secret } from '../../../sdk/secret.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { countingIds } from '../../../sdk/testing/fakes.ts';

const keyOf = (text: string) => new MasterKey(new Secret(text)).sessionKey!;
const key = keyOf('sk-master');

t.test('a session lasts eight hours to the millisecond', async (t) => {
  const clock = new FakeClock();
  const sessions = new Sessions(clock, countingIds());
  const { cookie, session } = sessions.begin(key);
  t.equal(session.expiresAtMs, clock.now() + sessionMs);
  await clock.advance(sessionMs - 1);
  t.strictSame(sessions.find(cookie, key), session);
  await clock.advance(1);
  t.equal(sessions.find(cookie, key), null);
});

t.test('another gateway with the same master key knows it, one with another key does not', async (t) => {
  const clock = new FakeClock();
  const { cookie, session } = new Sessions(clock, countingIds()).begin(key);
  const other = new Sessions(clock, countingIds());
  t.strictSame(other.find(cookie, keyOf('sk-master')), session);
  t.equal(other.find(cookie, keyOf('sk-master2')), null);
  t.not(key.toString('hex'), keyOf('sk-master2').toString('hex'));
});

t.test('who signed out stays out, and sessions of others go on', async (t) => {
  const clock = new FakeClock();
  const sessions = new Sessions(clock, countingIds());
  const [one, two] = [sessions.begin(key), sessions.begin(key)];
  sessions.end(one.session);
  t.equal(sessions.find(one.cookie, key), null);
  t.ok(sessions.find(two.cookie, key));
  await clock.advance(sessionMs);
  sessions.end(sessions.begin(key).session);
  t.equal(sessions.find(one.cookie, key), null, 'also when it is forgotten: its time is over');
});

t.test('no cookie that was changed is a session', async () => {
  const sessions = new Sessions(new FakeClock(), countingIds());
  const { cookie } = sessions.begin(key);
  fc.assert(
    fc.property(fc.nat(cookie.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, char) => {
      fc.pre(cookie[at] !== char);
      assert.equal(sessions.find(cookie.slice(0, at) + char + cookie.slice(at + 1), key), null);
    }),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => assert.equal(sessions.find(text, key), null)),
  );
});

t.test('a signature of one purpose is none of the other', async (t) => {
  const sessions = new Sessions(new FakeClock(), countingIds());
  const { cookie, session } = sessions.begin(key);
  const payload = cookie.slice(0, cookie.lastIndexOf('.'));
  t.equal(sessions.find(`${payload}.${session.csrf}`, key), null);
});

t.test('cookies are read by their whole name, all of one name, and at most four', async (t) => {
  t.strictSame(cookieValues(undefined, 'a'), []);
  t.strictSame(cookieValues('xa=1; a=2; a =3;a=4=5; b=6; A=7', 'a'), ['2', '3', '4=5']);
  t.equal(cookieValues('a=1;'.repeat(100), 'a').length, 4);
  t.equal(
    setSessionCookie('x', 5, true),
    'sluice_session=x; HttpOnly; SameSite=Strict; Path=/; Max-Age=5; Secure',
  );
  t.notMatch(setSessionCookie('x', 5, false), 'Secure');
});

t.test('ten wrong keys in a minute, and an address waits for the rest of it', async (t) => {
  const clock = new FakeClock();
  const limit = new SignInLimit(clock);
  const refusal = (address: string): GatewayError | null => {
    try {
      limit.check(address);
      return null;
    } catch (error) {
      return error as GatewayError;
    }
  };
  for (let tries = 0; tries < 10; tries += 1) {
    t.equal(refusal('1.2.3.4'), null);
    limit.note('1.2.3.4');
    await clock.advance(1000);
  }
  const refused = refusal('1.2.3.4');
  t.ok(refused instanceof GatewayError);
  t.equal(refused?.status, 429);
  t.equal(refused?.retryAfterMs, 50_000);
  t.equal(refusal('1.2.3.5'), null, 'another address');
  await clock.advance(50_000);
  t.equal(refusal('1.2.3.4'), null);
});

t.test('many addresses together are held too, and cost a bounded memory', async (t) => {
  const clock = new FakeClock();
  const limit = new SignInLimit(clock);
  let tried = 0;
  const error = (() => {
    for (; tried < 5000; tried += 1) {
      try {
        limit.check(`10.0.${tried >> 8}.${tried & 255}`);
      } catch (thrown) {
        return thrown as GatewayError;
      }
      limit.note(`10.0.${tried >> 8}.${tried & 255}`);
    }
    return null;
  })();
  t.equal(tried, 100);
  t.equal(error?.code, 'rate_limit_exceeded');
});
