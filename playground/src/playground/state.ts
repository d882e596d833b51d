import { computed, signal } from '@preact/signals';
import type { Given } from '../../../core/policy-test/case.ts';
import type { DraftFile, EngineConfig, Loaded, Tested, Tried } from '../engine/messages.ts';
import { sampleConfig } from './sample-config.ts';
import { sample } from './samples.ts';
import { isFileName, type SharedState } from './share.ts';

/** The folder that is written, in the order of its names. */
export const files = signal<readonly DraftFile[]>(sample.files);
/** The name of the file in the editor. */
export const active = signal(sample.active);
/** The request as text: facts in JSON. It may be broken while somebody types. */
export const givenText = signal(JSON.stringify(sample.given, null, 2));
/** The gateway's aliases and providers; null for whoever is not signed in. */
export const liveConfig = signal<EngineConfig | null>(null);
/** What is in the page came of the sample, which names the sample's models and not those of any gateway. */
export const ofSample = signal(true);
export const configIsLive = computed(() => liveConfig.value !== null && !ofSample.value);
/** What the engine knows names from. */
export const config = computed<EngineConfig>(() => (configIsLive.value ? liveConfig.value! : sampleConfig));
/** The page holds what somebody sent: nothing runs before a click. */
export const paused = signal(false);
/** The live folder that the draft began with; null for a sample or a link. */
export const liveBase = signal<{ readonly version: string; readonly files: readonly DraftFile[] } | null>(
  null,
);

export interface GivenRead {
  readonly given: Given | null;
  readonly problem: string | null;
}

export const givenRead = computed<GivenRead>(() => {
  try {
    const value = JSON.parse(givenText.value) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { given: value as Given, problem: null };
    return { given: null, problem: 'Expected an object, such as {"request": {"lastUser": "Hello"}}.' };
  } catch (error) {
    return { given: null, problem: (error as Error).message };
  }
});

export const loaded = signal<Loaded | null>(null);
export const tried = signal<Tried | null>(null);
export const tested = signal<Tested | null>(null);
/** Why there is no result: the engine was ended, the request contradicts itself. */
export const runProblem = signal<string | null>(null);
/** The engine is at work, or on its way here. */
export const busy = signal(false);
/** Milliseconds from the question to the answer. */
export const tookMs = signal<number | null>(null);
/** A place that the editor shows: set by links to source lines. `at` makes each click a new one. */
export const goTo = signal<{ readonly file: string; readonly line: number; readonly at: number } | null>(
  null,
);
export const showCoverage = signal(false);

const byName = (a: DraftFile, b: DraftFile) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

export function setText(name: string, text: string): void {
  files.value = files.value.map((file) => (file.name === name ? { name, text } : file));
}

/** Adds a file, or replaces the one of the name. */
export function putFile(file: DraftFile): void {
  files.value = [...files.value.filter(({ name }) => name !== file.name), file].sort(byName);
}

export function removeFile(name: string): void {
  files.value = files.value.filter((file) => file.name !== name);
  if (active.value === name) active.value = files.value[0]?.name ?? '';
}

/** Why a file cannot have the name; null where it can. */
export function whyNotName(name: string): string | null {
  if (!isFileName(name)) return 'Letters, digits, "-", "_" and "." only.';
  if (!/(\.policy\.(ts|js)|\.ya?ml)$/.test(name))
    return 'End it with .policy.ts, .policy.test.yaml or .yaml.';
  return files.value.some((file) => file.name === name) ? 'There is a file of this name.' : null;
}

export function setGiven(given: Given): void {
  givenText.value = JSON.stringify(given, null, 2);
}

export function stateNow(): SharedState {
  return { v: 1, files: files.value, given: givenRead.value.given ?? {}, active: active.value };
}

/** Takes a whole state over. Results of the one before are gone. */
export function takeState(state: SharedState): void {
  files.value = [...state.files].sort(byName);
  active.value = state.active;
  setGiven(state.given);
  loaded.value = null;
  tried.value = null;
  tested.value = null;
  runProblem.value = null;
  liveBase.value = null;
  ofSample.value = false;
}

/** Other files, with the same request and the same file in sight. */
export function takeFiles(now: readonly DraftFile[]): void {
  files.value = [...now].sort(byName);
  if (!now.some(({ name }) => name === active.peek())) active.value = now[0]?.name ?? '';
}

/** Opens the sample. It names models of its own. */
export function takeSample(): void {
  takeState(sample);
  ofSample.value = true;
  paused.value = false;
}

/** Everything that brings back what is in the page now. */
export function wayBack(): () => void {
  const state = stateNow();
  const base = liveBase.peek();
  const sampled = ofSample.peek();
  return () => {
    takeState(state);
    liveBase.value = base;
    ofSample.value = sampled;
  };
}

/** Whether nothing was written since the sample or the live folder was opened. */
export function isUntouched(): boolean {
  const begun = ofSample.peek() ? sample.files : liveBase.peek()?.files;
  const now = files.peek();
  return (
    begun !== undefined &&
    begun.length === now.length &&
    now.every(({ name, text }) => begun.some((file) => file.name === name && file.text === text))
  );
}

/** Shows a rule's line in the editor: `10-a.policy.ts:4`. */
export function showPlace(at: string): void {
  const colon = at.lastIndexOf(':');
  const file = at.slice(0, colon);
  if (!files.value.some(({ name }) => name === file)) return;
  active.value = file;
  goTo.value = { file, line: Number(at.slice(colon + 1)), at: performance.now() };
}
