import t from 'tap';
import { redisMissing, startRedis } from '../../../stores/redis.ts';
import { redisBench } from './bench.ts';
import { conformance } from './conformance.ts';
import { properties } from './properties.ts';

if (redisMissing !== false) {
  t.plan(0, redisMissing);
} else {
  const redis = await startRedis();
  t.teardown(() => redis.stop());
  conformance(t, redisBench(redis.url));
  properties(t, redisBench(redis.url), 60);
}
