import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const main = fileURLToPath(new URL('../../core/cli/main.ts', import.meta.url));

function serve(args: readonly string[]): { readonly status: number | null; readonly said: string } {
  const { status, stderr } = spawnSync(process.execPath, [main, 'serve', '--port', '0', ...args], {
    env: { PATH: process.env['PATH'] },
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { status, said: stderr };
}

t.test('several workers are refused before anything starts, with what to do', (t) => {
  const dir = t.testdir({
    policies: {},
    'redis.yaml': 'stores: { counters: "redis://127.0.0.1:6379" }\n',
    'wrong.yaml': 'stores: { counters: nothing }\n',
  });
  const policies = ['--policies', `${dir}/policies`];
  const alone = serve([...policies, '--workers', '4']);
  t.equal(alone.status, 2);
  t.match(
    alone.said,
    /--workers 4: several processes need counters that they share.*set stores\.counters to redis/s,
  );
  const shared = serve([...policies, '--config', `${dir}/redis.yaml`, '--workers', '4']);
  t.equal(shared.status, 2);
  t.match(shared.said, /--workers 4: this version serves with one process; start 4 of them behind/);
  const wrong = serve([...policies, '--config', `${dir}/wrong.yaml`, '--workers', '2']);
  t.equal(wrong.status, 1);
  t.match(wrong.said, /wrong\.yaml:1:\d+: error: .*memory/);
  const nonsense = serve([...policies, '--workers', 'many']);
  t.equal(nonsense.status, 2);
  t.match(nonsense.said, /--workers expects a number from 1, got "many"/);
  t.end();
});
