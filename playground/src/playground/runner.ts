import { effect } from '@preact/signals';
import { type EngineClient, EngineStopped, pageClient } from '../engine/client.ts';
import {
  busy,
  config,
  files,
  givenRead,
  loaded,
  paused,
  runProblem,
  tested,
  tookMs,
  tried,
} from './state.ts';

/** Typing rests so long before the decision is made anew. */
const debounceMs = 25;
/** Cases run when typing has come to a rest. */
const testDebounceMs = 350;

let client: EngineClient | null = null;
let lastLoop = '';

function engine(): EngineClient {
  client ??= pageClient();
  return client;
}

/** Follows the draft: each change is tried, and tested after a while. @returns stops it. */
export function followDraft(): () => void {
  let timer = 0;
  let testTimer = 0;
  engine().warm();
  const stop = effect(() => {
    const state = { files: files.value, config: config.value, given: givenRead.value.given };
    if (paused.value) return;
    const { given, ...draft } = state;
    clearTimeout(timer);
    clearTimeout(testTimer);
    timer = window.setTimeout(() => void tryNow(), debounceMs);
    testTimer = window.setTimeout(() => {
      // A loop costs an engine each time: the same text is not asked twice.
      if (JSON.stringify(draft) !== lastLoop) void testNow();
    }, testDebounceMs);
  });
  return () => {
    stop();
    clearTimeout(timer);
    clearTimeout(testTimer);
    client?.close();
    client = null;
  };
}

/** Asks for the decision on what is in the page now. */
export async function tryNow(): Promise<void> {
  const { given } = givenRead.peek();
  const draft = { files: files.peek(), config: config.peek() };
  if (given === null) return;
  busy.value = true;
  const sinceMs = performance.now();
  const { idle } = engine();
  try {
    const answer = await engine().ask<'try'>({ type: 'try', draft, given });
    if (answer === null) return;
    loaded.value = answer.loaded;
    tried.value = answer.tried;
    runProblem.value = answer.loaded.ok ? answer.error : null;
    // The engine's own start, and what it had to end first, say nothing of the decision.
    if (idle) tookMs.value = performance.now() - sinceMs;
  } catch (error) {
    if (error instanceof EngineStopped) lastLoop = JSON.stringify(draft);
    tried.value = null;
    runProblem.value = error instanceof Error ? error.message : String(error);
  }
  busy.value = false;
}

/** Runs the cases of the folder. */
export async function testNow(): Promise<void> {
  const draft = { files: files.peek(), config: config.peek() };
  try {
    const answer = await engine().ask<'test'>({ type: 'test', draft });
    if (answer !== null) tested.value = answer.tested;
  } catch (error) {
    tested.value = null;
    runProblem.value = error instanceof Error ? error.message : String(error);
  }
}
