import { availableParallelism } from 'node:os';
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { systemClock } from '../services/clock.ts';
import { createEngine, MIN_HEAP_MIB } from './engine.ts';
import { type Answer, claimCall, KIND, readCall, writeAnswer } from './frame.ts';
import { GuestInstance, type InstanceModule } from './instance.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './message.ts';
import { CELL, openMailbox } from './ring.ts';
import { findHeapLayout } from './snapshot.ts';
import { pinTimeZone } from './time-zone.ts';

// Thread entry: takes calls out of the mailbox, runs them in the policy's instance, and sleeps in between. It
// never returns to the event loop, so everything comes through the mailbox; the main thread ends it by a kill.

interface Slot {
  readonly module: InstanceModule;
  readonly nowMs: number;
  instance: GuestInstance | undefined;
}

/**
 * Looks at the mailbox before sleeping: about 30 us. A wake-up costs the caller as much again. With one processor the
 * caller could not send anything meanwhile.
 */
const SPIN_ROUNDS = availableParallelism() > 1 ? 2000 : 0;
/** Only calls that follow each other closely are worth it: after a longer sleep the next one begins without. */
const SPIN_AFTER_MS = 0.05;

const { shared, port, wasm, sources, largeFacts } = workerData as WorkerSetup;
const mailbox = openMailbox(shared);
const { cells } = mailbox;
const slots = new Map<number, Slot>();
let closeCalls = false;
pinTimeZone();
const layout = findHeapLayout(await createEngine(wasm, MIN_HEAP_MIB));
send({ type: 'ready' });
for (;;) {
  const at = mailbox.requests.peek();
  if (at < 0) rest();
  else await serve(at);
}

async function serve(at: number): Promise<void> {
  const word = at >> 2;
  const kind = mailbox.words[word + 1];
  if (kind === KIND.control) {
    mailbox.requests.release();
    const message = receive();
    if (message.type === 'load') await load(message);
    else if (message.type === 'release') slots.delete(message.moduleId);
    return;
  }
  let texts: readonly Uint8Array[] | undefined;
  if (kind === KIND.largeCall) {
    const message = receive();
    if (message.type === 'texts') texts = message.texts;
  }
  const call = readCall(mailbox, at, texts);
  start(call.id);
  if (!claimCall(mailbox, at)) {
    Atomics.store(cells, CELL.running, 0);
    mailbox.requests.release();
    return;
  }
  const slot = slots.get(call.moduleId);
  if (slot !== undefined && (slot.instance === undefined || slot.instance.spent)) await replace(slot);
  const instance = slot?.instance;
  if (instance === undefined) {
    end({ id: call.id, outcome: { kind: 'absent' }, fuel: 0, logs: [] });
    mailbox.requests.release();
    return;
  }
  const outcome = instance.call(call);
  end({ id: call.id, outcome, fuel: instance.fuel, logs: instance.takeLogs() });
  mailbox.requests.release();
  instance.finish();
}

async function load(message: Extract<ToWorker, { type: 'load' }>): Promise<void> {
  const { id, moduleId, module, nowMs } = message;
  start(id);
  const loaded = await GuestInstance.load(module, options(nowMs));
  if (loaded.ok) slots.set(moduleId, { module, nowMs, instance: loaded.instance });
  Atomics.store(cells, CELL.running, 0);
  send({
    type: 'loaded',
    id,
    plan: loaded.ok ? loaded.plan : undefined,
    failure: loaded.ok ? undefined : loaded.failure,
    logs: loaded.logs,
  });
}

/** A fresh instance of a module that loaded before: same source, same moment, so the same again. */
async function replace(slot: Slot): Promise<void> {
  slot.instance = undefined;
  const loaded = await GuestInstance.load(slot.module, options(slot.nowMs));
  if (loaded.ok) slot.instance = loaded.instance;
}

function options(nowMs: number) {
  return { wasm, layout, sources, largeFacts, nowMs, monotonic: systemClock.monotonic, cpuMs, tick };
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function tick(): void {
  Atomics.add(cells, CELL.ticks, 1);
}

function start(id: number): void {
  Atomics.add(cells, CELL.starts, 1);
  Atomics.store(cells, CELL.running, id);
}

function end(answer: Answer): void {
  Atomics.store(cells, CELL.running, 0);
  if (!writeAnswer(mailbox, answer)) send({ type: 'answer', answer });
  else if (Atomics.exchange(cells, CELL.mainAsleep, 0) === 1) Atomics.notify(cells, CELL.answerTail);
}

function rest(): void {
  for (let round = 0; closeCalls && round < SPIN_ROUNDS; round++) {
    if (Atomics.load(cells, CELL.requestTail) !== Atomics.load(cells, CELL.requestHead)) return;
  }
  const sinceMs = systemClock.monotonic();
  Atomics.store(cells, CELL.workerAsleep, 1);
  const head = Atomics.load(cells, CELL.requestHead);
  // Sleeps only if the tail is still where the head is; a frame written meanwhile is seen at once.
  Atomics.wait(cells, CELL.requestTail, head);
  Atomics.store(cells, CELL.workerAsleep, 0);
  closeCalls = systemClock.monotonic() - sinceMs < SPIN_AFTER_MS;
}

function receive(): ToWorker {
  const found = receiveMessageOnPort(port);
  if (found === undefined) throw new Error('a frame announced a message that is not in the port');
  return found.message as ToWorker;
}

function send(message: FromWorker): void {
  port.postMessage(message);
}
