import t from 'tap';
import { loginOf, samePlace } from '../../../core/stores/place.ts';

t.test('who logs in makes no other place; all else does', async (t) => {
  const first = 'postgres://app:one@db.internal:5432/sluice?sslmode=verify-full';
  for (const same of [
    first,
    'postgres://later:two@db.internal:5432/sluice?sslmode=verify-full',
    'postgres://db.internal:5432/sluice?sslmode=verify-full&user=app&password=two',
  ]) {
    t.ok(samePlace(first, same), same);
  }
  for (const other of [
    'postgres://app:one@db.internal:5433/sluice?sslmode=verify-full',
    'postgres://app:one@other.internal:5432/sluice?sslmode=verify-full',
    'postgres://app:one@db.internal:5432/other?sslmode=verify-full',
    'postgres://app:one@db.internal:5432/sluice',
    'sqlite',
  ]) {
    t.notOk(samePlace(first, other), other);
  }
  t.notOk(samePlace('redis://r:6379', 'rediss://r:6379'));
  t.notOk(samePlace('redis://r:6379/0', 'redis://r:6379/1'));
  t.ok(samePlace('memory', 'memory'));
});

t.test('a login is read as it was meant', async (t) => {
  t.strictSame(loginOf('redis://:p%2Fss@r:6379'), { username: undefined, password: 'p/ss' });
  t.strictSame(loginOf('redis://app:a:b@r:6379'), { username: 'app', password: 'a:b' });
  t.strictSame(loginOf('redis://app:100%@r'), { username: 'app', password: '100%' }, 'no escape at all');
  t.strictSame(loginOf('redis://r'), { username: undefined, password: undefined });
});
