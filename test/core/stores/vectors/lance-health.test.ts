import t from 'tap';
import { LanceFailure } from '../../../../core/stores/vectors/lance-failure.ts';
import { LanceHealth } from '../../../../core/stores/vectors/lance-health.ts';
import type { LanceCallName } from '../../../../core/stores/vectors/lance-message.ts';
import type { LanceProcess } from '../../../../core/stores/vectors/lance-process.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { recordingLog } from '../../../../sdk/testing/fakes.ts';

/** A LanceDB of which some calls fail. */
function broken(failing: Set<LanceCallName>) {
  const log = recordingLog();
  const clock = new FakeClock();
  const process = {
    async call(_: number, name: LanceCallName) {
      if (failing.has(name)) throw new LanceFailure('failed', 'read-only file system');
      return null;
    },
  } as unknown as LanceProcess;
  const health = new LanceHealth({ process, clock, log });
  return {
    health,
    lines: () => log.lines.map(({ message }) => (message.endsWith('back') ? 'back' : 'out')),
    async call(name: 'open' | 'write' | 'tidy' | 'news') {
      clock.jump(health.pauseMs);
      const args = name === 'write' || name === 'tidy' ? [{}] : [];
      await (health.call as (ms: number, name: string, ...args: unknown[]) => Promise<unknown>)
        .call(health, 1000, name, ...args)
        .catch(() => undefined);
    },
  };
}

t.test('a folder that can be read and not written is not back', async (t) => {
  const failing = new Set<LanceCallName>(['write', 'tidy']);
  const { health, call, lines } = broken(failing);
  for (const name of ['open', 'write', 'open', 'news', 'tidy', 'open', 'write', 'open'] as const)
    await call(name);
  t.strictSame(lines(), ['out']);
  t.not(health.reason, null);
  failing.clear();
  await call('open');
  t.not(health.reason, null, 'not by reading');
  await call('write');
  t.strictSame(lines(), ['out', 'back']);
  t.equal(health.reason, null);
});

t.test('what could not be read is back once something is', async (t) => {
  const failing = new Set<LanceCallName>(['open']);
  const { health, call, lines } = broken(failing);
  await call('open');
  await call('news');
  t.not(health.reason, null);
  failing.clear();
  await call('open');
  t.strictSame(lines(), ['out', 'back']);
});
