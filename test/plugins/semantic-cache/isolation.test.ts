import fc from 'fast-check';
import t from 'tap';
import { embedders, play, playLives, request, World } from './_isolation.ts';

t.test('no request is ever answered with the answer of another space, in memory', async (t) => {
  const world = { exact: 0, semantic: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { minLength: 15, maxLength: 30 }),
      fc.constantFrom(...embedders),
      async (list, embedder) => {
        const own = new World();
        await play([...list, ...list], own, { stores: '{ vectors: memory }', embedder });
        world.exact += own.exact;
        world.semantic += own.semantic;
      },
    ),
    { numRuns: 10 },
  );
  t.ok(world.exact > 50 && world.semantic > 10, JSON.stringify(world));
});

t.test('nor with LanceDB, over restarts and other embedders', async (t) => {
  const world = new World();
  const list = fc.sample(request, { seed: 2, numRuns: 25 });
  await playLives([...list, ...list], world, { stores: '{}', data: t.testdir() });
  t.ok(world.exact > 20 && world.semantic > 2, `${world.exact} ${world.semantic}`);
});
