import { parentPort, workerData } from 'node:worker_threads';
import { NewerTable } from './lance-connection.ts';
import type { FromLance, LanceCalls, LanceFault, LanceSetup, ToLance } from './lance-message.ts';
import { LanceTables } from './lance-tables.ts';

// Thread entry. LanceDB works in threads of its own, but what goes in and out is packed and unpacked in JavaScript, a
// few milliseconds for a few hundred vectors: here nobody waits for it.

const tables = new LanceTables(workerData as LanceSetup);

/** Calls that LanceDB still works on. A thread that ends before they do takes the process with it. */
const underWay = new Set<Promise<void>>();

parentPort!.on('message', (call: ToLance) => {
  if (call.name === 'close') {
    void close(call.id);
    return;
  }
  const answered = answer(call).finally(() => underWay.delete(answered));
  underWay.add(answered);
});

async function answer(call: ToLance): Promise<void> {
  let reply: FromLance;
  try {
    const run = tables[call.name] as (
      ...args: readonly unknown[]
    ) => ReturnType<LanceCalls[typeof call.name]>;
    reply = { id: call.id, ok: true, value: await run.apply(tables, call.args) };
  } catch (error) {
    tables.forget();
    const message = error instanceof Error ? error.message : String(error);
    reply = { id: call.id, ok: false, fault: faultOf(error, message), message: message.slice(0, 500) };
  }
  parentPort!.postMessage(reply);
}

async function close(id: number): Promise<void> {
  while (underWay.size > 0) await Promise.all(underWay);
  await tables.close();
  const reply: FromLance = { id, ok: true, value: undefined };
  parentPort!.postMessage(reply);
  // With nothing left to wait for the thread ends by itself.
  parentPort!.close();
}

function faultOf(error: unknown, message: string): LanceFault {
  // LanceDB's own words for a folder of a newer LanceDB.
  if (error instanceof NewerTable || /by this version of Lance/.test(message)) return 'newer';
  return /no space left|ENOSPC|storage ?full|quota exceeded|file too large/i.test(message)
    ? 'full'
    : 'failed';
}
