import fc from 'fast-check';
import t from 'tap';
import { redisMissing, startRedis } from '../../stores/redis.ts';
import { embedders, play, playLives, request, World } from './_isolation.ts';

t.test(
  'no request is ever answered with the answer of another space, with Redis',
  { skip: redisMissing },
  async (t) => {
    const redis = await startRedis();
    t.teardown(() => redis.stop());
    const list = fc.sample(request, { seed: 1, numRuns: 25 });

    await t.test('nor over restarts and other embedders', async (t) => {
      const world = new World();
      await playLives([...list, ...list], world, { stores: `{ vectors: memory, cache: '${redis.url}/1' }` });
      t.ok(world.exact > 20 && world.semantic > 2, `${world.exact} ${world.semantic}`);
    });
    await t.test('nor by one of several gateways', async (t) => {
      const world = new World();
      const stores = `{ vectors: memory, cache: '${redis.url}/2' }`;
      const life = { stores, embedder: embedders[0]!, gateways: 2 };
      await play([...list, ...list, ...list], world, life);
      t.ok(world.exact > 20, `${world.exact} ${world.semantic}`);
    });
    await t.test('nor with LanceDB behind it', async (t) => {
      const world = new World();
      await playLives(list, world, { stores: `{ cache: '${redis.url}/3' }`, data: t.testdir() });
      t.ok(world.exact > 20, `${world.exact} ${world.semantic}`);
    });
  },
);
