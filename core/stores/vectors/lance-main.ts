import type { FromLance, LanceAnswer, LanceCalls, LanceFault, LanceSetup, ToLance } from './lance-message.ts';
import type { LanceTables } from './lance-tables.ts';

// Entry of the child process. The native library may hang, crash or fill memory: here it takes nobody along.

// A terminal and systemd send these to all processes of a service: the gateway still has to write what waits.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

// The gateway is gone, however it ended. Threads of LanceDB that are at work are not waited for.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const loading = Promise.all([import('./lance-connection.ts'), import('./lance-tables.ts')]);
// Whoever asks is told.
loading.catch(() => {});
let tables: LanceTables | undefined;

process.on('message', async (message: LanceSetup | ToLance) => {
  try {
    const [, { LanceTables }] = await loading;
    if ('uri' in message) tables = new LanceTables(message);
    else await answer(tables!, message);
  } catch (error) {
    // There is none for this machine, or it is broken. The next call has another process try it.
    if ('uri' in message) return;
    const failure = `LanceDB cannot be loaded: ${error instanceof Error ? error.message : String(error)}`;
    say({ id: message.id, ok: false, fault: 'failed', message: failure.slice(0, 500) }, () =>
      process.exit(1),
    );
  }
});

async function answer(tables: LanceTables, call: ToLance): Promise<void> {
  let reply: LanceAnswer;
  try {
    const run = tables[call.name] as (
      ...args: readonly unknown[]
    ) => ReturnType<LanceCalls[typeof call.name]>;
    reply = { id: call.id, ok: true, value: await run.apply(tables, call.args) };
  } catch (error) {
    tables.forget();
    const message = error instanceof Error ? error.message : String(error);
    const [{ NewerTable }] = await loading;
    const fault = error instanceof NewerTable ? 'newer' : faultOf(message);
    reply = { id: call.id, ok: false, fault, message: message.slice(0, 500) };
  }
  say(reply, () => {});
}

function say(answer: LanceAnswer, then: () => void): void {
  const said: FromLance = { ...answer, rssBytes: process.memoryUsage.rss() };
  if (process.connected) process.send!(said, then);
}

function faultOf(message: string): LanceFault {
  // LanceDB's own words for a folder of a newer LanceDB.
  if (/by this version of Lance/.test(message)) return 'newer';
  return /no space left|ENOSPC|storage ?full|quota exceeded|file too large/i.test(message)
    ? 'full'
    : 'failed';
}
