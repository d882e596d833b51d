import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { until } from '../counters/until.ts';
import { isAlive } from './_alive.ts';

const noSignals = process.platform === 'win32' ? 'there are no signals here' : false;

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'sluice-vectors-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A process with a store of its own, and the id of the process of that. */
async function gateway(
  t: Test,
  mode: string,
): Promise<{ readonly parent: ChildProcess; readonly pid: number }> {
  const script = fileURLToPath(new URL('_gateway.ts', import.meta.url));
  const args = ['--disable-warning=ExperimentalWarning', script, folder(t), mode];
  const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => parent.kill('SIGKILL'));
  const [line] = (await once(createInterface(parent.stdout!), 'line')) as [string];
  const said = JSON.parse(line) as { pid: number };
  t.match(said, { state: 'up', waiting: 0 });
  return { parent, pid: said.pid };
}

t.test('its process dies with the gateway, even if that is killed', { skip: noSignals }, async (t) => {
  const { parent, pid } = await gateway(t, 'wait');
  t.ok(isAlive(pid));
  parent.kill('SIGKILL');
  await until(() => !isAlive(pid));
});

for (const mode of ['idle', 'cluster']) {
  t.test(`it does not keep a gateway alive that has nothing to do: ${mode}`, async (t) => {
    const { parent, pid } = await gateway(t, mode);
    const [code] = (await once(parent, 'exit')) as [number];
    t.equal(code, 0);
    await until(() => !isAlive(pid));
  });
}
