import './stand-ins/globals.ts';
import wasmUrl from '@jitl/quickjs-wasmfile-release-sync/wasm?url';
import check from '../../../core/policy/guest/check.ts?raw';
import predicates from '../../../core/policy/guest/predicates.ts?raw';
import rules from '../../../core/policy/guest/rules.ts?raw';
import verbs from '../../../core/policy/guest/verbs.ts?raw';
import { joinPrelude } from '../../../core/policy/prelude-join.ts';
import { pinTimeZone } from '../../../core/sandbox/time-zone.ts';
import { webAssembly } from '../../../core/sandbox/wasm.ts';
import { Engine } from './engine.ts';
import type { Draft, FromEngine, ToEngine } from './messages.ts';
import { stripTypes } from './strip.ts';

// Entry of the engine's worker. The page ends it when an answer is late, and starts another.

const warmUp: Draft = {
  config: {
    version: '',
    providers: [{ name: 'mock', kind: 'mock', region: '', vendor: null, tier: null }],
    models: [{ alias: 'a', strategy: 'ordered', targets: [{ target: 'mock/a', weight: 1, tier: null }] }],
  },
  files: [
    { name: '10-a.yaml', text: 'plugin: pii-redactor' },
    {
      name: '20-a.policy.ts',
      text: "import { content, fn, policy, route, run, tag } from 'sluice';\nexport const a = policy('a', { kind: 'shape' }, route('r', content(/a/), tag({ a: 'a' })), route('f', fn('f', (c) => c.request.lastUser === ''), run(() => [])));",
    },
  ],
};

pinTimeZone();
const send = (message: FromEngine) => postMessage(message);
const engine = start();
engine.catch((error: unknown) => send({ type: 'failed', id: null, message: String(error) }));

self.onmessage = async ({ data }: MessageEvent<ToEngine>) => {
  const { id, question } = data;
  try {
    const ready = await engine;
    send({ type: 'beat' });
    send({ type: 'answer', id, answer: await ready.answer(question) });
  } catch (error) {
    send({
      type: 'failed',
      id,
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
};

/** Signs of life at most so often. */
const beatMs = 50;
let lastBeatMs = 0;

function beat(): void {
  const nowMs = performance.now();
  if (nowMs - lastBeatMs < beatMs) return;
  lastBeatMs = nowMs;
  send({ type: 'beat' });
}

async function start(): Promise<Engine> {
  const response = await fetch(wasmUrl);
  if (!response.ok) throw new Error(`the engine's code could not be fetched: ${response.status}`);
  const wasm = new webAssembly.Module(new Uint8Array(await response.arrayBuffer()));
  const parts = [check, predicates, verbs, rules].map((text) => {
    const stripped = stripTypes('sluice.ts', text);
    if (!stripped.ok) throw new Error(stripped.problem.message);
    return stripped.source;
  });
  const made = await Engine.create({
    wasm,
    prelude: joinPrelude(parts),
    clock: { monotonic: () => performance.now() },
    beat,
  });
  // What is compiled on first use is compiled before anybody waits for it.
  await made.answer({ type: 'try', draft: warmUp, given: { request: { stream: true } } });
  send({ type: 'ready' });
  return made;
}
